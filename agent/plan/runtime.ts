import type { Backend, Plan, Reason, ReasonCode, RunningBackends, Step } from "../model.ts";
import { reason } from "./diff.ts";
import type { PlanInputs } from "./inputs.ts";
import { withNewcomers } from "./newcomers.ts";
import { diffServers } from "./servers.ts";
import { compareShapes, type ShapeDifference } from "./shape.ts";

type RuntimePlan =
  /** Without reasons of its own: whatever made the file another one. */
  | (Pick<Plan, "reasons" | "steps" | "missingBackends"> & { readonly kind: "reload" })
  | Pick<Plan, "kind" | "reasons" | "steps" | "check" | "writes" | "missingBackends">;

/**
 * The plan for a proxy that can be changed while it runs: a reload only if something other than its servers differs,
 * else steps. Its file follows the steps, so that a proxy which restarts comes back as it was.
 */
export function planRuntime(inputs: PlanInputs, running: RunningBackends): RuntimePlan {
  const { file, wanted } = inputs;
  const current = inputs.running.file;
  if (inputs.reloads === "none") {
    const steps = stepsFor(inputs, running);
    const moved = [...(inputs.taken ?? []), ...steps];
    const missingBackends = namesMissing(wanted.backends, running);
    return {
      kind: moved.length > 0 ? "runtime" : "none",
      reasons: reasonsOf(moved),
      steps,
      check: "implied",
      writes: false,
      missingBackends,
    };
  }
  const after = inputs.shapeOf(file.text);
  const difference = current && compareShapes(inputs.shapeOf(current.text), after);
  const missing = running.isPartial ? [] : namesMissing(wanted.backends, running);
  // An API that does not list what nginx has loaded will not do so after another reload either.
  const lacking = running.outliveReloads ? [] : missing.filter((name) => after.backends.has(name));
  const why = reloadReasons(inputs, { difference, lacking });
  const reload = { kind: "reload", missingBackends: notIn(missing, after.backends) } as const;
  if (why !== undefined) return { ...reload, reasons: why, steps: stepsAround(inputs, running, after.backends) };
  const steps = stepsFor(inputs, running);
  const moved = [...(inputs.taken ?? []), ...steps];
  const again = running.outliveReloads ? [] : refusedAgain(inputs, steps);
  if (again.length > 0) return { ...reload, reasons: [listed("servers-refused", again)], steps: [] };
  const differs = current?.text !== file.text;
  return {
    kind: moved.length > 0 ? "runtime" : differs ? "write" : "none",
    reasons: moved.length > 0 ? reasonsOf(moved) : differs ? [one("out-of-step", file.path)] : [],
    steps,
    check: difference?.onlyKnownAttributes ? "implied" : "needed",
    writes: differs,
    missingBackends: missing,
  };
}

/** The steps to what is wanted; where reloads are not ours, also those that empty the backends which no app has any more. */
function stepsFor(
  { wanted, applied, reloads, serverPrefix }: Pick<PlanInputs, "wanted" | "applied" | "reloads" | "serverPrefix">,
  running: RunningBackends,
): readonly Step[] {
  const leftovers = reloads === "none" ? emptied(applied?.backends ?? [], wanted.backends) : [];
  const steps = diffServers([...wanted.backends, ...leftovers], { running, serverPrefix });
  return withNewcomers(steps, applied?.backends);
}

/**
 * The steps that go with a reload, before it for the backends that are there, after it for those that it brings. None
 * where the file itself brings the servers.
 */
function stepsAround(inputs: PlanInputs, running: RunningBackends, brought: ReadonlySet<string>): readonly Step[] {
  if (!running.outliveReloads) return [];
  return stepsFor(inputs, { ...running, names: new Set([...running.names, ...brought]) });
}

function notIn(names: readonly string[], brought: ReadonlySet<string>): readonly string[] {
  return names.filter((name) => !brought.has(name));
}

/** Why a reload is needed; undefined if it is not, empty if the file itself is the reason. */
function reloadReasons(
  { file, running }: PlanInputs,
  found: {
    /** Between the file in use and the new one; undefined if there is none in use. */
    readonly difference: ShapeDifference | undefined;
    /** Backends of the file that the proxy does not have. */
    readonly lacking: readonly string[];
  },
): readonly Reason[] | undefined {
  const { difference, lacking } = found;
  if (difference === undefined || !difference.sameFixed) return [];
  const { otherAttributes } = difference;
  if (otherAttributes.length > 0) return [listed("attributes-changed", otherAttributes)];
  if (running.runtime?.isLearned) return [one("servers-learned", file.path)];
  if (running.unproven) return [one("unproven", file.path)];
  if (file.carriesGeneration && running.servedGeneration !== file.generation) return [one("out-of-step", file.path)];
  return lacking.length > 0 ? [listed("out-of-step", lacking)] : undefined;
}

/** A backend that takes no server at run time (`balance source`, say) takes those of the file, which is known by now. */
function refusedAgain({ refused, file }: PlanInputs, steps: readonly Step[]): readonly string[] {
  if (refused === undefined || refused.text !== file.text) return [];
  return refused.backends.filter((name) => steps.some((step) => step.backend === name));
}

/** Backends of before that are no longer wanted, so that their servers leave. */
function emptied(before: readonly Backend[], wanted: readonly Backend[]): readonly Backend[] {
  const names = new Set(wanted.map((backend) => backend.name));
  return before.filter((backend) => !names.has(backend.name)).map((backend) => ({ ...backend, servers: [] }));
}

/** Backends that HAProxy should have and does not. */
function namesMissing(backends: readonly Backend[], running: RunningBackends): readonly string[] {
  return backends.filter((one) => one.changesAtRuntime && !running.names.has(one.name)).map((one) => one.name);
}

/** Why there are these steps. */
export function reasonsOf(steps: readonly Step[]): readonly Reason[] {
  return steps.length === 0 ? [] : [listed("members-changed", [...new Set(steps.map((step) => step.backend))])];
}

function one(code: ReasonCode, subject: string): Reason {
  return listed(code, [subject]);
}

function listed(code: ReasonCode, subjects: readonly string[]): Reason {
  return reason(code, subjects) ?? { code, subjects: [], count: 0 };
}

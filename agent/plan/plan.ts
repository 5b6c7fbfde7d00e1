import type { Plan, Reason, RenderedFile, Step } from "../model.ts";
import { diffDesired, reason } from "./diff.ts";
import type { PlanInputs } from "./inputs.ts";
import { planRuntime } from "./runtime.ts";

/**
 * What has to happen for the proxy to serve the rendered file, and why. An equal file that the proxy serves already
 * needs nothing, however it came about.
 */
export function planChanges(inputs: PlanInputs): Plan {
  const { file, running, reloads, taken = [] } = inputs;
  const ahead = taken.length > 0 ? { taken } : {};
  const writes = reloads === "allowed";
  const plan = { file, steps: [], ...ahead, check: "needed", writes, missingBackends: [] } as const;
  if (reloads === "none" && running.runtime === undefined) return { ...plan, kind: "none", reasons: [] };
  if (running.runtime !== undefined) {
    const runtime = planRuntime(inputs, running.runtime);
    if (runtime.kind !== "reload" || runtime.reasons.length > 0) return { ...plan, ...runtime };
    return { ...plan, ...runtime, reasons: reasonsOf(inputs) };
  }
  const sameText = running.file?.text === file.text;
  const outOfStep = running.running && file.carriesGeneration && running.servedGeneration !== file.generation;
  if (sameText && !running.running) {
    return running.startable
      ? { ...plan, kind: "start", reasons: [whole("proxy-started", file)] }
      : { ...plan, kind: "none", reasons: [] };
  }
  if (sameText && !outOfStep && !running.unproven) return { ...plan, kind: "none", reasons: [] };
  const reasons = sameText ? [whole(running.unproven ? "unproven" : "out-of-step", file)] : reasonsOf(inputs);
  return { ...plan, kind: running.running ? "reload" : running.startable ? "start" : "write", reasons };
}

function reasonsOf({ file, running, wanted, applied }: PlanInputs): readonly Reason[] {
  if (running.file === undefined) return [whole("first-config", file)];
  if (applied === undefined) return [whole("out-of-step", file)];
  const found = [
    ...diffDesired(applied.desired, wanted.desired),
    ...(applied.template === wanted.template ? [] : [whole("template-changed", file)]),
    ...(applied.config === wanted.config ? [] : [whole("config-changed", file)]),
  ];
  // Where members come and go at run time they are no reason for a reload, unless nothing else is.
  const others = running.runtime === undefined ? found : found.filter((one) => one.code !== "members-changed");
  return others.length > 0 ? others : found.length > 0 ? found : [whole("attributes-changed", file)];
}

function whole(code: Reason["code"], file: RenderedFile): Reason {
  return reason(code, [file.path]) ?? { code, subjects: [], count: 0 };
}

/** For people: `add BACKEND/SERVER`. */
export function describeStep({ kind, backend, server }: Step): string {
  return `${kind} ${backend}/${server.name}`;
}

/** One line for people: `members-changed a.test, b.test and 3 more`. */
export function describeReasons(reasons: readonly Reason[]): string {
  return reasons
    .map(({ code, subjects, count }) => {
      const more = count > subjects.length ? ` and ${count - subjects.length} more` : "";
      return `${code} ${subjects.join(", ")}${more}`;
    })
    .join("; ");
}

import type { Cycle } from "../agent.ts";
import { messageOf } from "../errors.ts";
import { memberUrl } from "../member-url.ts";
import type { Plan, Reason, Vhost } from "../model.ts";
import { type DesiredChanges, listChanges } from "../plan/changes.ts";
import { describeStep } from "../plan/plan.ts";

/** The answer of `/v1/plan`: what the loop would do with what it knows now, or why it does not. Plain JSON. */
export interface WaitingView {
  /**
   * `in-step`: the proxy has all there is. `waiting`: changes are held. `failing`: they were tried, and are tried again.
   * `starting`: no turn of the loop has come this far yet.
   */
  readonly state: "in-step" | "waiting" | "failing" | "starting";
  /** One line, without any credential, when `failing`. */
  readonly error?: string;
  /** What would be done; absent when there is nothing to do, or nothing could be planned. */
  readonly plan?: PlanView;
  /** Absent when it is not known what the proxy has, as after a restart of the agent. */
  readonly changes?: ChangesView;
}

export interface PlanView {
  readonly kind: Plan["kind"];
  readonly reasons: readonly Reason[];
  /** Changes of the running proxy, as `add BACKEND/SERVER`; the first few, `stepCount` tells how many there are. */
  readonly steps: readonly string[];
  readonly stepCount: number;
  readonly check: Plan["check"];
  readonly missingBackends: readonly string[];
  readonly file: string;
  /** Names the text that would be written. */
  readonly generation: string;
  /** What the proxy says it serves; absent if it does not say. */
  readonly serves?: string;
}

/** Members are written as URLs. */
export interface ChangesView {
  readonly added: readonly VhostView[];
  readonly removed: readonly VhostView[];
  readonly changed: readonly {
    readonly vhost: string;
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly others: readonly string[];
  }[];
}

interface VhostView {
  readonly vhost: string;
  readonly members: readonly string[];
}

const mostSteps = 50;

/** What the newest cycle leaves undone. */
export function waitingView(cycle: Cycle | undefined): WaitingView {
  if (cycle === undefined) return { state: "starting" };
  const plan = undone(cycle);
  const failure = failureOf(cycle);
  const shown = plan && { plan: planView(plan, cycle), ...changesSince(cycle) };
  if (failure !== undefined) return { state: "failing", error: failure, ...shown };
  if (plan !== undefined) return { state: "waiting", ...shown };
  return { state: cycle.plan === undefined && cycle.waiting === undefined ? "starting" : "in-step" };
}

/** The plan that was not carried out: because changes are held, or because it failed. */
export function undone(cycle: Cycle): Plan | undefined {
  const plan = cycle.waiting ?? (cycle.error === undefined ? undefined : cycle.plan);
  return plan?.kind === "none" ? undefined : plan;
}

function failureOf({ error, report }: Cycle): string | undefined {
  if (error !== undefined) return messageOf(error);
  const [first, ...others] = report?.failed ?? [];
  if (first === undefined) return undefined;
  const more = others.length === 0 ? "" : `, and ${others.length} more`;
  return `the proxy refused ${describeStep(first.step)}: ${first.message}${more}`;
}

function planView({ kind, reasons, steps, check, missingBackends, file }: Plan, { running }: Cycle): PlanView {
  const serves = running?.servedGeneration;
  return {
    kind,
    reasons,
    steps: steps.slice(0, mostSteps).map(describeStep),
    stepCount: steps.length,
    check,
    missingBackends,
    file: file.path,
    generation: file.generation,
    ...(serves !== undefined && { serves }),
  };
}

function changesSince({ applied, built }: Cycle): { readonly changes?: ChangesView } {
  if (applied === undefined || built === undefined) return {};
  return { changes: changesView(listChanges(applied.desired, built.value)) };
}

function changesView({ added, removed, changed }: DesiredChanges): ChangesView {
  return {
    added: added.map(vhostView),
    removed: removed.map(vhostView),
    changed: changed.map((one) => ({
      vhost: one.name,
      added: one.added.map(memberUrl),
      removed: one.removed.map(memberUrl),
      others: one.others,
    })),
  };
}

function vhostView({ name, members }: Vhost): VhostView {
  return { vhost: name, members: members.map(memberUrl) };
}

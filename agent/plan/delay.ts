import type { DesiredState, Member, Plan, RunningState } from "../model.ts";
import type { PlanInputs } from "./inputs.ts";

/** What bounds the generations of workers that live beside each other. */
export interface DelayLimits {
  /** While more earlier generations than this still finish requests, a reload waits; 0: none ever does. */
  readonly maxOldGenerations: number;
  /** It waits no longer than this, in ms. */
  readonly maxDelayMs: number;
}

/**
 * How long a plan may still wait for workers of earlier generations to end, in ms; 0: it is carried out now. Only a reload
 * of a proxy that serves what it should waits, and only where that fails no request: not where a vhost would be left with
 * instances of which the proxy knows none. `waitedMs`: how long it has waited already.
 */
export function delayLeft(
  plan: Plan,
  {
    running,
    applied,
    wanted,
    limits,
    waitedMs,
  }: Pick<PlanInputs, "running" | "applied" | "wanted"> & {
    readonly limits: DelayLimits;
    readonly waitedMs: number;
  },
): number {
  const { maxOldGenerations, maxDelayMs } = limits;
  const isCrowded = maxOldGenerations > 0 && (running.oldGenerations ?? 0) > maxOldGenerations;
  if (plan.kind !== "reload" || !isCrowded || applied === undefined || !isInStep(plan, running)) return 0;
  // Where members come and go at run time, those changes do not wait.
  if (running.runtime === undefined && hasLostVhost(applied.desired, wanted.desired)) return 0;
  return Math.max(0, maxDelayMs - waitedMs);
}

/** Whether the proxy is known to serve the file that it has. */
function isInStep({ file, reasons }: Plan, { running, unproven, servedGeneration, ...state }: RunningState): boolean {
  if (!running || unproven || state.file === undefined) return false;
  if (reasons.some(({ code }) => code === "out-of-step" || code === "unproven")) return false;
  return !file.carriesGeneration || (servedGeneration !== undefined && state.file.text.includes(servedGeneration));
}

/** Whether a vhost that the proxy has got instances of which it knows none. */
function hasLostVhost(before: DesiredState, after: DesiredState): boolean {
  const known = new Map(before.vhosts.map((vhost) => [vhost.name, vhost]));
  return after.vhosts.some((vhost) => {
    const former = known.get(vhost.name);
    if (former === undefined || former === vhost || vhost.members.length === 0) return false;
    const members = new Set(former.members.map(keyOf));
    return !vhost.members.some((member) => members.has(keyOf(member)));
  });
}

function keyOf({ host, port }: Member): string {
  return `${host} ${port}`;
}

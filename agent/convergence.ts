import type { Cycle } from "./agent.ts";

/** A change that a controller announced and that the proxy serves now. */
export interface Converged {
  readonly namespace: string;
  /** From the controller's event to the proof; 0 if the controller's clock is ahead of ours. */
  readonly seconds: number;
}

/**
 * Returns what tells, of each cycle, which announced changes it brought into the proxy. A change is told of once, by the
 * cycle that proved it, however many had failed before; one that asked nothing of the proxy is not told of. `at` is in ms
 * since the epoch.
 */
export function createConvergence(): (cycle: Cycle, at: number) => readonly Converged[] {
  const served = new Map<string, number>();
  return ({ snapshots = [], plan, report, error, waiting }, at) => {
    const isDone = plan !== undefined && waiting === undefined;
    const isServed = isDone && error === undefined && (report?.failed.length ?? 0) === 0;
    if (!isServed) return [];
    return snapshots.flatMap(({ namespace, eventAt }) => {
      if (eventAt === undefined || served.get(namespace) === eventAt) return [];
      served.set(namespace, eventAt);
      const isProven = report !== undefined && report.proof !== "not-running";
      return isProven ? [{ namespace, seconds: Math.max(0, at - eventAt) / 1000 }] : [];
    });
  };
}

import type { Cycle } from "./agent.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./status/metrics.ts";

/** Returns who tells when reloads begin to wait for old workers, and when they wait no longer. */
export function createDelayReporter({
  log,
  metrics,
}: {
  readonly log: Logger;
  readonly metrics: Pick<Metrics, "reloadDelayed">;
}): (cycle: Cycle, at: number) => void {
  let since: number | undefined;
  return ({ held, waiting, error }, at) => {
    if (held?.by === "old-workers") {
      if (since === undefined && waiting !== undefined) {
        const { oldGenerations, maxOldGenerations, until } = held;
        const bounds = { old_generations: oldGenerations, max_old_workers: maxOldGenerations };
        metrics.reloadDelayed();
        log.warn("reloads wait for old workers", { ...bounds, until: new Date(until).toISOString() });
      }
      since ??= held.since;
      return;
    }
    // What failed before a plan was made says nothing.
    if (since === undefined || (error !== undefined && held === undefined)) return;
    log.info("reloads wait no longer", { waited_ms: Math.round(at - since) });
    since = undefined;
  };
}

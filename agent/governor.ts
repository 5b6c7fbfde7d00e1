import type { Clock } from "./clock.ts";
import type { Config } from "./config/schema.ts";
import type { CycleMemory } from "./cycle-memory.ts";
import type { Held } from "./hold.ts";
import type { Plan } from "./model.ts";
import { delayLeft } from "./plan/delay.ts";
import type { PlanInputs } from "./plan/inputs.ts";

/**
 * Whether a plan waits for workers of earlier generations to end, and since when and until when at most. The memory keeps
 * when the first change began to wait: what comes later waits no longer than that one.
 */
export function delayNow(
  plan: Plan,
  {
    config,
    clock,
    memory,
    ...inputs
  }: Pick<PlanInputs, "running" | "applied" | "wanted"> & {
    readonly config: Config;
    readonly clock: Clock;
    readonly memory: CycleMemory;
  },
): Held | undefined {
  const maxOldGenerations = config.max_old_workers;
  const limits = { maxOldGenerations, maxDelayMs: config.max_reload_delay_sec * 1000 };
  const { delayedSince = clock.monotonic() } = memory;
  const waitedMs = clock.monotonic() - delayedSince;
  const leftMs = delayLeft(plan, { ...inputs, limits, waitedMs });
  // A reload that is due and fails has waited all the same.
  if (leftMs > 0) memory.delayedSince = delayedSince;
  else if (plan.kind !== "reload") memory.delayedSince = undefined;
  if (leftMs === 0) return undefined;
  const since = Math.round(clock.now() - waitedMs);
  const until = Math.round(clock.now() + leftMs);
  return { by: "old-workers", since, until, oldGenerations: inputs.running.oldGenerations ?? 0, maxOldGenerations };
}

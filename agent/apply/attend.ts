import type { Wake } from "../clock.ts";
import type { Drains } from "./drains.ts";
import type { ProxyObserver } from "./proxy-observer.ts";

/** What a driver does beside the cycles. */
export interface Attendance {
  readonly drains: Drains;
  /** Rung when a drain has begun or something else is due. */
  readonly wake: Wake;
  readonly observer: ProxyObserver;
  /** Ends the drains that can end. */
  readonly tend: (signal: AbortSignal) => Promise<void>;
  /** Looks whether the proxy is still there and the same. */
  readonly watch: (signal: AbortSignal) => Promise<void>;
  /** Done after each turn. */
  readonly after?: (signal: AbortSignal) => Promise<void>;
}

/** A running proxy is asked this often whether it is still the same process. */
export const watchMs = 2000;
const firstDrainMs = 20;
const longestDrainMs = 500;

/** Tends drains while there are some, and watches the proxy while there are none, until the signal aborts. */
export async function attend(parts: Attendance, signal: AbortSignal): Promise<void> {
  let pauseMs = watchMs;
  while (!signal.aborted) {
    await parts.wake.wait(signal, pauseMs);
    if (signal.aborted) return;
    const before = parts.drains.size;
    // Whatever becomes of one look, a stop in its middle included, there is a next one or an end.
    await (before > 0 ? parts.tend(signal) : parts.watch(signal)).catch(() => undefined);
    await parts.after?.(signal);
    const left = parts.drains.size;
    parts.observer.draining(left);
    // Most members are idle soon; the last ones are asked about less and less often.
    pauseMs =
      left === 0
        ? watchMs
        : pauseMs === watchMs || left < before
          ? firstDrainMs
          : Math.min(longestDrainMs, 1.5 * pauseMs);
  }
}

import { setTimeout as delay } from "node:timers/promises";

/** The only source of time and chance. Tests hand in a fake. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that never jump back; only differences mean something. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when the signal aborts: the caller looks at the signal. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** A number in [0, 1). */
  random(): number;
}

/** The clock of the machine. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    // Not performance.now(): for that alone Node loads ten more of its modules.
    monotonic: () => Number(process.hrtime.bigint()) / 1e6,
    random: () => Math.random(),
    async sleep(ms, signal) {
      if (signal.aborted) return;
      await delay(ms, undefined, { signal }).catch(() => undefined);
    },
  };
}

/** `ms` ± `share` (0.1 = 10 %), so that many gateways do not ask in step. */
export function withJitter(clock: Clock, ms: number, share: number): number {
  return ms * (1 + share * (2 * clock.random() - 1));
}

/** Delay before retry number `attempt` (from 1): doubles from `firstMs` to `maxMs`, the upper half of it by chance. */
export function backoff(clock: Clock, attempt: number, { firstMs, maxMs }: { firstMs: number; maxMs: number }): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return full / 2 + (full / 2) * clock.random();
}

/**
 * Does `work` with a signal that aborts with its parent or after `ms`. Nothing stays behind when it is done: neither a
 * timer, as of `AbortSignal.timeout`, nor a weak reference at the parent, as of `AbortSignal.any`.
 */
export async function within<T>(
  { signal, ms }: { readonly signal?: AbortSignal; readonly ms: number },
  work: (late: AbortSignal) => Promise<T>,
): Promise<T> {
  const scope = new AbortController();
  const stop = () => scope.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  const timer = setTimeout(() => scope.abort(new DOMException("not done in time", "TimeoutError")), ms);
  try {
    return await work(scope.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** A level-triggered bell: any number of rings before or during a wait cost one return of it. */
export interface Wake {
  /** `pending` if a ring was waiting already, which serves as well. */
  ring(): "new" | "pending";
  /** Resolves when rung, after `ms` (if given), or when the signal aborts. */
  wait(signal: AbortSignal, ms?: number): Promise<void>;
}

/** A bell that nobody has rung yet. */
export function createWake(clock: Clock): Wake {
  const state = { rung: false, stop: undefined as AbortController | undefined };
  return {
    ring() {
      const before = state.rung ? "pending" : "new";
      state.rung = true;
      state.stop?.abort();
      return before;
    },
    async wait(signal, ms = 2 ** 31 - 1) {
      if (!state.rung && !signal.aborted) {
        const stop = new AbortController();
        const abort = () => stop.abort();
        state.stop = stop;
        // Not AbortSignal.any: what it makes stays alive as long as a signal that lives as long as the process.
        signal.addEventListener("abort", abort, { once: true });
        await clock.sleep(ms, stop.signal);
        signal.removeEventListener("abort", abort);
        state.stop = undefined;
      }
      state.rung = false;
    },
  };
}

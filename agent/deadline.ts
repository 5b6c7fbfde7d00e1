import type { Clock } from "./clock.ts";

/** The work took longer than it may. */
export class DeadlineError extends Error {
  constructor(ms: number) {
    super(`not done within ${ms / 1000} s`);
    this.name = "DeadlineError";
  }
}

/**
 * Does `work` with a signal that aborts with the parent or after `ms`, and rejects then even if the work does not listen.
 * Unlike `AbortSignal.any`, which leaves weak references at a long-lived parent until some later garbage collection,
 * nothing stays behind: a watcher makes tens of thousands of calls a day under one signal.
 */
export async function withDeadline<T>(
  { clock, signal, ms }: { readonly clock: Clock; readonly signal: AbortSignal; readonly ms: number },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const scope = new AbortController();
  const timer = new AbortController();
  const stop = () => scope.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  void clock.sleep(ms, timer.signal).then(() => timer.signal.aborted || scope.abort(new DeadlineError(ms)));
  try {
    return await Promise.race([work(scope.signal), aborted(scope.signal)]);
  } finally {
    signal.removeEventListener("abort", stop);
    timer.abort();
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

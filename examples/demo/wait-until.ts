import { systemClock } from "../../agent/clock.ts";

const clock = systemClock();

/** Asks again and again until there is an answer; throws at the deadline, or when the signal aborts. */
export async function waitUntil<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  options: { readonly signal: AbortSignal; readonly withinMs: number; readonly everyMs?: number },
): Promise<T> {
  const end = clock.monotonic() + options.withinMs;
  while (clock.monotonic() < end) {
    options.signal.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined) return answer;
    await clock.sleep(options.everyMs ?? 5, options.signal);
  }
  throw new Error(`${what}: not so within ${options.withinMs / 1000} s`);
}

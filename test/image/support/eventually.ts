import { systemClock } from "../../../agent/clock.ts";

const clock = systemClock();

/** Asks `probe` until it returns something else than false or undefined; fails with `what` at the deadline. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | false | undefined>,
  { deadlineMs = 30_000, everyMs = 50 }: { readonly deadlineMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const end = clock.monotonic() + deadlineMs;
  for (;;) {
    const outcome = await probe().then(
      (answer) => ({ answer, cause: undefined }),
      (cause: unknown) => ({ answer: undefined, cause }),
    );
    if (outcome.answer !== undefined && outcome.answer !== false) return outcome.answer;
    if (clock.monotonic() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`, { cause: outcome.cause });
    await clock.sleep(everyMs, AbortSignal.timeout(deadlineMs));
  }
}

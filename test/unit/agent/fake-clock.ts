import type { Clock } from "../../../agent/clock.ts";

/** A clock that moves only when told to. */
export interface FakeClock extends Clock {
  /** Moves on; every sleep that is over by then ends, in order. Returns when all that follows from it has been done. */
  advance(ms: number): Promise<void>;
  /** How long the sleeps are that go on now, in ms from now. */
  sleeping(): readonly number[];
  /** Returns once `count` sleeps go on. */
  asleep(count?: number): Promise<void>;
}

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock that begins at `start`; chance is always `random`. */
export function fakeClock(start = 1_000_000, random = 0.5): FakeClock {
  let now = start;
  const sleepers = new Set<Sleeper>();

  async function advance(ms: number): Promise<void> {
    const end = now + ms;
    await quiet();
    for (let next = firstBefore(end); next !== undefined; next = firstBefore(end)) {
      now = Math.max(now, next.until);
      next.wake();
      await quiet();
    }
    now = end;
  }

  function firstBefore(end: number): Sleeper | undefined {
    return [...sleepers].filter((one) => one.until <= end).sort((one, other) => one.until - other.until)[0];
  }

  return {
    now: () => now,
    monotonic: () => now,
    random: () => random,
    sleep(ms, signal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (signal.aborted) return Promise.resolve();
      const sleeper = { until: now + ms, wake };
      function wake() {
        sleepers.delete(sleeper);
        signal.removeEventListener("abort", wake);
        resolve();
      }
      signal.addEventListener("abort", wake, { once: true });
      sleepers.add(sleeper);
      return promise;
    },
    advance,
    sleeping: () => [...sleepers].map((one) => one.until - now),
    asleep: (count = 1) => until(() => sleepers.size >= count),
  };
}

/** Lets everything that waits only for promises go on. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Returns once this is so; fails if it is not after ten seconds. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`waited in vain for ${isSo}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../../agent/clock.ts";

export interface FakeClock extends Clock {
  /** Lets `ms` pass: whoever sleeps until then wakes in order, and does what it has to do, before the next. */
  advance(ms: number): Promise<void>;
  /** Lets everybody do what needs no time. */
  settle(): Promise<void>;
  /** What the remaining sleeps are, in ms, shortest first. */
  sleeping(): readonly number[];
  /** Moves the wall clock only. */
  setWallClock(ms: number): void;
}

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test moves it. `random` is always 0.5: jitter of a symmetric kind is none. */
export function createFakeClock(startMs = 1_700_000_000_000): FakeClock {
  const time = { elapsed: 0, wallOffset: startMs };
  const sleepers = new Set<Sleeper>();
  const settle = async () => {
    for (let turns = 0; turns < 20; turns++) await turn();
  };
  const next = (limit: number) =>
    [...sleepers].filter(({ until }) => until <= limit).sort((a, b) => a.until - b.until)[0];
  return {
    now: () => time.wallOffset + time.elapsed,
    monotonic: () => time.elapsed,
    random: () => 0.5,
    settle,
    sleeping: () => [...sleepers].map(({ until }) => until - time.elapsed).sort((a, b) => a - b),
    setWallClock(ms) {
      time.wallOffset = ms - time.elapsed;
    },
    sleep(ms, signal) {
      if (signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = () => {
          sleepers.delete(sleeper);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        const sleeper: Sleeper = { until: time.elapsed + ms, wake };
        sleepers.add(sleeper);
        signal.addEventListener("abort", wake, { once: true });
      });
    },
    async advance(ms) {
      await settle();
      const end = time.elapsed + ms;
      for (let sleeper = next(end); sleeper !== undefined; sleeper = next(end)) {
        time.elapsed = Math.max(time.elapsed, sleeper.until);
        sleeper.wake();
        await settle();
      }
      time.elapsed = end;
    },
  };
}

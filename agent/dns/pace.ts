import type { Clock } from "../clock.ts";

/** Has work done as it comes, unless there is so much of it that whoever gets the results would lose some. */
export interface Pace {
  /** `work` returns how many bytes it sent. It is done now if it may be, else soon, or never if too much waits. */
  offer(work: () => number): void;
  /** What waits is forgotten. */
  stop(): void;
}

export interface PaceOptions {
  readonly clock: Clock;
  /** Sent at once after a rest. */
  readonly burstBytes: number;
  readonly bytesPerMs: () => number;
  readonly mostWaiting: () => number;
}

/**
 * What a datagram takes of its receiver's buffer besides its bytes: the kernel counts the memory, which is a power of two
 * with a head of its own.
 */
const perDatagram = 512;

/** Nothing was sent yet. */
export function createPace({ clock, burstBytes, bytesPerMs, mostWaiting }: PaceOptions): Pace {
  const waiting: (() => number)[] = [];
  const state = { allowance: burstBytes, at: clock.monotonic(), isBusy: false, end: new AbortController() };

  function refill(): void {
    const now = clock.monotonic();
    state.allowance = Math.min(burstBytes, state.allowance + (now - state.at) * bytesPerMs());
    state.at = now;
  }

  async function proceed(signal: AbortSignal): Promise<void> {
    state.isBusy = true;
    while (!signal.aborted) {
      refill();
      let done = 0;
      for (; done < waiting.length && state.allowance > 0; done += 1) {
        const bytes = waiting[done]?.() ?? 0;
        if (bytes > 0) state.allowance -= 2 * bytes + perDatagram;
      }
      waiting.splice(0, done);
      if (waiting.length === 0) break;
      await clock.sleep(1, signal);
    }
    state.isBusy = false;
  }

  return {
    offer(work) {
      if (waiting.length >= mostWaiting()) return;
      waiting.push(work);
      if (!state.isBusy) void proceed(state.end.signal);
    },
    stop() {
      waiting.length = 0;
      state.end.abort();
      state.end = new AbortController();
    },
  };
}

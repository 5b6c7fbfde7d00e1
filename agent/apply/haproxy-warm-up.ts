import { type Clock, createWake } from "../clock.ts";
import type { SendCommands } from "./haproxy-cli.ts";
import type { LowWeight } from "./haproxy-weights.ts";
import type { Lock } from "./lock.ts";
import { rampPercent, shareOf, type Warming } from "./ramp.ts";

/** Raises the weights of new servers. */
export interface WarmUp {
  /** These have just come, with the first weight of the ramp. */
  begin(servers: readonly Warming[]): void;
  /** These were on their way up when an agent of before ended: they go on, or get their full weight. */
  resume(found: readonly LowWeight[]): void;
  /** HAProxy has been reloaded: by its file they have their full weights again. */
  repeat(): void;
  /** Until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** No server is on its way up. */
export function createWarmUp(parts: {
  /** 0: those that are on their way get their full weight. */
  readonly warmUpMs: () => number;
  readonly timeoutMs: () => number;
  readonly clock: Clock;
  readonly exclusive: Lock;
  readonly send: () => SendCommands | undefined;
  /** Told when weights have changed that are to be kept over a restart of HAProxy. */
  readonly onFull: () => void;
}): WarmUp {
  const { clock, exclusive } = parts;
  const wake = createWake(clock);
  const all = new Map<string, Warming & { readonly since: number }>();

  const begin = (servers: readonly Warming[], elapsedMs: (index: number) => number = () => 0) => {
    const now = clock.monotonic();
    for (const [index, one] of servers.entries())
      all.set(`${one.backend}/${one.server}`, { ...one, since: now - elapsedMs(index) });
    if (servers.length > 0) wake.ring();
  };

  /** What HAProxy does not know any more, or does not weigh at run time, is done. */
  async function raise(signal: AbortSignal): Promise<void> {
    const send = parts.send();
    if (send === undefined) return;
    const now = clock.monotonic();
    const ramps = [...all].map(([key, one]) => ({ key, one, percent: rampPercent(now - one.since, parts.warmUpMs()) }));
    const lines = ramps.map(({ key, one, percent }) =>
      // The full weight is the one of the configuration, whatever that is by now.
      percent === 100 ? `set weight ${key} 100%` : `set weight ${key} ${shareOf(one.weight, percent)}`,
    );
    const replies = await exclusive(() => send(lines, { signal, timeoutMs: parts.timeoutMs() }));
    const ended = ramps.filter(({ percent }, index) => percent === 100 || !replies[index]?.ok);
    // One that has come anew meanwhile is at its beginning.
    for (const { key, one } of ended) if (all.get(key) === one) all.delete(key);
    if (ended.length > 0) parts.onFull();
  }

  return {
    begin: (servers) => begin(servers),
    resume: (found) => begin(found, (index) => found[index]?.elapsedMs ?? 0),
    repeat: () => void wake.ring(),
    async run(signal) {
      while (!signal.aborted) {
        await wake.wait(signal, all.size === 0 ? undefined : pauseOf(parts.warmUpMs()));
        // A HAProxy that does not answer now is asked again.
        if (!signal.aborted && all.size > 0) await raise(signal).catch(() => undefined);
      }
    },
  };
}

/** Steps of five percent, as far as that is not too often or too seldom. */
function pauseOf(warmUpMs: number): number {
  return Math.min(1000, Math.max(100, warmUpMs / 20));
}

import type { Clock, Wake } from "../clock.ts";
import { attend, watchMs } from "./attend.ts";
import type { Drains } from "./drains.ts";
import type { SendCommands } from "./haproxy-cli.ts";
import { tendDrains } from "./haproxy-drain.ts";
import type { Observed } from "./haproxy-observe.ts";
import { askWorker } from "./haproxy-reload.ts";
import type { HaproxySettings } from "./haproxy-settings.ts";
import type { Lock } from "./lock.ts";
import type { ProxyObserver } from "./proxy-observer.ts";
import { writeServerState } from "./server-state-file.ts";

/** What goes on beside the cycles. */
export interface BackgroundParts {
  readonly settings: () => HaproxySettings;
  readonly clock: Clock;
  readonly drains: Drains;
  readonly exclusive: Lock;
  /** Rung when a drain has begun or something has to be saved. */
  readonly wake: Wake;
  readonly send: () => SendCommands | undefined;
  /** What the newest cycle saw. */
  readonly observed: () => Observed | undefined;
  readonly observer: ProxyObserver;
  readonly onChange: () => void;
}

/** Drains, the server-state file, and a look at whether HAProxy is still there and the same. */
export function createBackground(parts: BackgroundParts) {
  const memory = { stateIsDue: true, hasFailed: false, told: undefined as number | undefined };

  const run = (signal: AbortSignal) =>
    attend(
      { ...parts, tend, watch, after: async () => (memory.stateIsDue ? await saveStateNow(signal) : undefined) },
      signal,
    );

  /** A HAProxy that does not answer now is asked again; what has to be cut then is cut then. */
  async function tend(signal: AbortSignal): Promise<void> {
    const send = parts.send();
    if (send === undefined) return;
    const { controlPlaneTimeoutMs: timeoutMs } = parts.settings();
    const gone = await parts.exclusive(() =>
      tendDrains(parts.drains, {
        send: (lines) => send(lines, { signal, timeoutMs }),
        now: parts.clock.monotonic(),
      }),
    );
    for (const drained of gone) parts.observer.drained(drained);
    if (gone.length > 0) memory.stateIsDue = true;
  }

  /** A change is told once. */
  async function watch(signal: AbortSignal): Promise<void> {
    const send = parts.send();
    if (send === undefined) return;
    const pid = (await parts.exclusive(() => askWorker(send, { signal, timeoutMs: watchMs })))?.pid;
    if (signal.aborted) return;
    if (pid !== parts.observed()?.pid && pid !== memory.told) parts.onChange();
    memory.told = pid;
  }

  function tellSaved(error: unknown): void {
    memory.hasFailed = error !== undefined;
    parts.observer.stateSaved(error);
  }

  /** Throws nothing: what is wrong is told. */
  async function saveStateNow(signal: AbortSignal): Promise<void> {
    const { stateFile, diskTimeoutMs, controlPlaneTimeoutMs: timeoutMs } = parts.settings();
    const send = parts.send();
    memory.stateIsDue = false;
    // Switched off, it cannot fail any more.
    if (stateFile === "" && memory.hasFailed) tellSaved(undefined);
    if (stateFile === "" || send === undefined) return;
    try {
      const [reply] = await send(["show servers state"], { signal, timeoutMs });
      if (reply?.ok) await writeServerState(stateFile, reply.text, diskTimeoutMs);
      tellSaved(undefined);
    } catch (error) {
      if (!signal.aborted) tellSaved(error);
      memory.stateIsDue = true;
    }
  }

  return {
    run,
    saveStateNow,
    saveState: () => {
      memory.stateIsDue = true;
      parts.wake.ring();
    },
  };
}

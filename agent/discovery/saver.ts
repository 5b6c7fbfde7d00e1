import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { NamespaceSnapshot } from "../model.ts";
import type { LastGood } from "./last-good.ts";
import type { DiscoveryLog, DiskStatus } from "./status.ts";

/** Brings snapshots to disk behind the scenes: never in the way of a change that is being applied. */
export interface Saver {
  /** Saves the snapshot soon, unless a newer one of its namespace comes before. */
  changed(snapshot: NamespaceSnapshot): void;
  /** Saves it only if the time on disk is minutes old, or the last save failed. */
  confirmed(snapshot: NamespaceSnapshot): void;
  /** The namespace is no longer configured. */
  forget(namespace: string): void;
  status(): DiskStatus;
  /** Saves what is waiting now, and resolves when that has ended, well or not. */
  flush(): Promise<void>;
}

/** Long enough to let the change reach the proxy first, and to write once for a burst of changes. */
const delayMs = 1000;
const confirmAfterMs = 300_000;

export function createSaver(options: {
  readonly lastGood: LastGood;
  readonly clock: Clock;
  readonly log: DiscoveryLog;
}): Saver {
  const { clock, log } = options;
  const waiting = new Map<string, NamespaceSnapshot>();
  const saved = new Map<string, number>();
  const hurry = new AbortController();
  const memory = { running: undefined as Promise<void> | undefined };
  /** Why it is not saved, by namespace. */
  const problems = new Map<string, string>();
  const forgotten = new Set<string>();

  async function save(snapshot: NamespaceSnapshot): Promise<void> {
    const { namespace, fetchedAt } = snapshot;
    try {
      await options.lastGood.save(snapshot);
      saved.set(namespace, fetchedAt);
      if (problems.delete(namespace)) log.info("state is saved again", { namespace });
    } catch (error) {
      saved.delete(namespace);
      if (!problems.has(namespace)) log.warn("state is not saved", { namespace, error: messageOf(error) });
      if (!forgotten.has(namespace)) problems.set(namespace, messageOf(error));
    }
  }

  async function saveAll(): Promise<void> {
    while (waiting.size > 0) {
      await clock.sleep(delayMs, hurry.signal);
      const batch = [...waiting.values()];
      waiting.clear();
      for (const snapshot of batch) await save(snapshot);
    }
    memory.running = undefined;
  }

  function changed(snapshot: NamespaceSnapshot): void {
    forgotten.delete(snapshot.namespace);
    waiting.set(snapshot.namespace, snapshot);
    memory.running ??= saveAll();
  }

  return {
    changed,
    confirmed(snapshot) {
      const at = saved.get(snapshot.namespace);
      if (at === undefined || snapshot.fetchedAt - at >= confirmAfterMs) changed(snapshot);
    },
    forget(namespace) {
      forgotten.add(namespace);
      waiting.delete(namespace);
      problems.delete(namespace);
    },
    status: () => ({ healthy: problems.size === 0, message: [...problems.values()][0] ?? "OK" }),
    async flush() {
      hurry.abort();
      await memory.running;
    },
  };
}

/** For `state_persistence_enabled = false`. */
export function createNoSaver(): Saver {
  return {
    changed: () => undefined,
    confirmed: () => undefined,
    forget: () => undefined,
    status: () => ({ healthy: true, message: "state_persistence_enabled is false" }),
    flush: async () => undefined,
  };
}

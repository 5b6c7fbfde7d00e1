import type { Clock, Wake } from "../clock.ts";
import type { NamespaceConfig } from "../config/schema.ts";
import { createDroveClient } from "../drove/client.ts";
import { type GuardRules, renamedTo } from "../guard/guard.ts";
import type { AcceptedAnswer } from "../guard/held.ts";
import { rulesOf } from "../guard/rules.ts";
import type { NamespaceSnapshot } from "../model.ts";
import { sameControllers, sameWatch } from "./same-watch.ts";
import {
  type DiscoveryConfig,
  type DiscoveryLog,
  type DiscoveryObserver,
  type DiskStatus,
  type NamespaceStatus,
  noObserver,
} from "./status.ts";
import { createStorage, noStorage, type Storage } from "./storage.ts";
import { type Tracked, trackNamespace } from "./tracked.ts";

/** All watchers, and what they know. */
export interface Discovery {
  /** Starts one watcher per namespace. When the signal aborts, they stop. Call it once. */
  start(config: DiscoveryConfig, signal: AbortSignal): void;
  /** Restarts the watchers that the change concerns, from what they know; the others do not notice. */
  update(config: DiscoveryConfig): void;
  /** The newest snapshot of each namespace that has one, in configured order. */
  snapshots(): readonly NamespaceSnapshot[];
  /** In configured order. */
  status(): readonly NamespaceStatus[];
  /** How saving to `state_persistence_dir` fares. */
  disk(): DiskStatus;
  /** All namespaces poll at once and ask for the full list. */
  resync(): void;
  /** An operator's word that held answers are right, of one namespace or of all. Returns what was held until now. */
  accept(namespace: string | undefined): readonly AcceptedAnswer[];
  /** Resolves when each namespace has a snapshot or has tried in vain, or when the signal aborts. */
  settled(signal: AbortSignal): Promise<void>;
  /** Resolves when all watchers have ended, all connections are closed and what was known is saved. */
  stop(): Promise<void>;
}

export interface DiscoveryOptions {
  readonly clock: Clock;
  readonly logger: DiscoveryLog;
  /** Rung when a snapshot has changed. */
  readonly wake: Wake;
  readonly observer?: DiscoveryObserver;
  readonly connect?: typeof createDroveClient;
}

export function createDiscovery(options: DiscoveryOptions): Discovery {
  const fleet: Fleet = {
    options,
    config: undefined,
    storage: noStorage,
    tracked: new Map(),
    closing: new Set(),
    stopped: false,
  };
  const all = () => [...fleet.tracked.values()];

  async function stop(): Promise<void> {
    fleet.stopped = true;
    await Promise.all(all().map((one) => one.stop()));
    await Promise.all(fleet.closing);
    await fleet.storage.saver.flush();
  }

  return {
    start(config, signal) {
      signal.addEventListener("abort", () => void stop(), { once: true });
      if (!signal.aborted) reconfigure(fleet, config);
    },
    update(config) {
      if (!fleet.stopped) reconfigure(fleet, config);
    },
    snapshots: () => all().flatMap((one) => one.snapshot() ?? []),
    status: () => all().map((one) => one.status()),
    disk: () => fleet.storage.saver.status(),
    resync() {
      for (const one of all()) one.resync();
    },
    accept(namespace) {
      const chosen = all().filter((one) => namespace === undefined || one.namespace.name === namespace);
      return chosen.flatMap((one) => {
        const held = one.accept();
        return held === undefined ? [] : [{ namespace: one.namespace.name, ...held }];
      });
    },
    settled: (signal) => untilAborted(Promise.all(all().map((one) => one.settled)), signal),
    stop,
  };
}

interface Fleet {
  readonly options: DiscoveryOptions;
  /** The newest; undefined before the start. Watchers go on with what they were started with, the guard follows this. */
  config: DiscoveryConfig | undefined;
  storage: Storage;
  /** In configured order. */
  tracked: ReadonlyMap<string, Tracked>;
  /** The ends of replaced watchers and storages. */
  readonly closing: Set<Promise<void>>;
  stopped: boolean;
}

function reconfigure(fleet: Fleet, config: DiscoveryConfig): void {
  const { clock, logger: log, observer = noObserver, wake } = fleet.options;
  const before = fleet.tracked;
  fleet.config = config;
  if (!fleet.storage.suits(config)) {
    close(fleet, fleet.storage.saver.flush());
    fleet.storage = createStorage(config, { clock, log });
  }
  fleet.tracked = new Map(config.namespaces.map((one) => [one.name, continued(fleet, one, config)]));
  for (const [namespace, old] of before) {
    const now = fleet.tracked.get(namespace);
    if (now !== old) close(fleet, old.stop());
    if (now === undefined) {
      fleet.storage.saver.forget(namespace);
      observer.namespaceRemoved({ namespace });
      wake.ring();
    }
  }
}

/** The watcher that runs already, if it would do the same; else a new one that knows what the old one knew. */
function continued(fleet: Fleet, namespace: NamespaceConfig, config: DiscoveryConfig): Tracked {
  const old = fleet.tracked.get(namespace.name);
  if (old !== undefined && sameWatch(old, { namespace, config })) return old;
  const { clock, connect = createDroveClient, logger: log, observer = noObserver, wake } = fleet.options;
  return trackNamespace({
    namespace,
    config,
    client: connect({ namespace, settings: config, clock }),
    clock,
    log,
    observer,
    seed: old === undefined ? knownByFormerName(fleet, namespace, config) : old.state(),
    load: (signal) => fleet.storage.load(namespace.name, signal),
    rules: () => currentRules(fleet.config ?? config, namespace),
    onChanged(snapshot) {
      wake.ring();
      if (snapshot.source === "controller") fleet.storage.saver.changed(snapshot);
    },
    onConfirmed: (snapshot) => fleet.storage.saver.confirmed(snapshot),
  });
}

/** A namespace of the same controllers, whose name is gone in the same edit, is this one: its apps are served on. */
function knownByFormerName(fleet: Fleet, namespace: NamespaceConfig, config: DiscoveryConfig) {
  const names = new Set(config.namespaces.map((one) => one.name));
  const former = [...fleet.tracked.values()].find(
    (one) => !names.has(one.namespace.name) && sameControllers(one.namespace, namespace),
  );
  const state = former?.state();
  return state && renamedTo(namespace.name, state);
}

/** A watcher is not restarted for an edit of its realm or of the guard. */
function currentRules(config: DiscoveryConfig, namespace: NamespaceConfig): GuardRules {
  return rulesOf(config, config.namespaces.find((one) => one.name === namespace.name) ?? namespace);
}

function close(fleet: Fleet, work: Promise<void>): void {
  fleet.closing.add(work);
  void work.finally(() => fleet.closing.delete(work));
}

async function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const stop = () => aborted.resolve();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  await Promise.race([work, aborted.promise]);
  signal.removeEventListener("abort", stop);
}

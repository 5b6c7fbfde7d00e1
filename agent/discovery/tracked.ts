import type { Clock } from "../clock.ts";
import type { NamespaceConfig } from "../config/schema.ts";
import type { DroveClient } from "../drove/client.ts";
import { messageOf } from "../errors.ts";
import type { GuardRules, GuardState } from "../guard/guard.ts";
import type { HeldAnswer } from "../guard/held.ts";
import type { NamespaceSnapshot } from "../model.ts";
import { createGuarded, type Guarded } from "./guarded.ts";
import { watchNamespace } from "./namespace.ts";
import type { DiscoveryConfig, DiscoveryLog, DiscoveryObserver, NamespaceStatus, WatchReport } from "./status.ts";

/** One namespace with its watcher, its newest snapshot and how it fares. */
export interface Tracked {
  /** What it was started with. */
  readonly namespace: NamespaceConfig;
  readonly config: DiscoveryConfig;
  snapshot(): NamespaceSnapshot | undefined;
  status(): NamespaceStatus;
  /** What the watcher that comes after this one starts from, if there is anything. */
  state(): GuardState | undefined;
  /** Resolves when the namespace has a snapshot, or has tried and has none. */
  readonly settled: Promise<void>;
  resync(): void;
  /** An operator says that the newest answer is right. Returns what was held until now, if anything was. */
  accept(): HeldAnswer | undefined;
  /** Resolves when nothing of it runs any more. Its snapshot can still be read. */
  stop(): Promise<void>;
}

export interface TrackOptions {
  readonly namespace: NamespaceConfig;
  readonly config: DiscoveryConfig;
  readonly client: DroveClient;
  readonly clock: Clock;
  readonly log: DiscoveryLog;
  readonly observer: DiscoveryObserver;
  /** What the watcher knew that this one replaces. */
  readonly seed: GuardState | undefined;
  /** The last good snapshot on disk. */
  readonly load: (signal: AbortSignal) => Promise<NamespaceSnapshot | undefined>;
  /** The settings of the guard, as they are now. */
  readonly rules: () => GuardRules;
  readonly onChanged: (snapshot: NamespaceSnapshot) => void;
  readonly onConfirmed: (snapshot: NamespaceSnapshot) => void;
}

/** Starts to watch. */
export function trackNamespace(options: TrackOptions): Tracked {
  const { namespace, config, client } = options;
  const stopping = new AbortController();
  const settled = Promise.withResolvers<void>();
  const guarded = createGuarded({
    ...options,
    namespace: namespace.name,
    onChanged(snapshot) {
      settled.resolve();
      options.onChanged(snapshot);
    },
  });
  if (guarded.snapshot() !== undefined) settled.resolve();
  const memory = { report: unasked(namespace), fallback: undefined as Promise<void> | undefined };
  // While controllers are asked: the state on disk is there when they answer.
  const loaded = guarded.snapshot() === undefined ? loadSaved(guarded, options, stopping.signal) : Promise.resolve();

  const watcher = watchNamespace({
    ...options,
    config: namespace,
    timing: timingOf(config),
    signal: stopping.signal,
    doubted: () => guarded.held() !== undefined,
    onSnapshot: guarded.take,
    onConfirmed: guarded.confirm,
    onReport(report) {
      memory.report = report;
      if (report.failures > 0) guarded.miss();
      const tried = report.failures >= config.startup_controller_sync_tries;
      if (!tried || guarded.snapshot() !== undefined || stopping.signal.aborted) return;
      memory.fallback ??= loaded.then(() => fallBack(guarded, options, stopping.signal)).finally(settled.resolve);
    },
  });

  return {
    namespace,
    config,
    snapshot: guarded.snapshot,
    state: guarded.state,
    status: () => statusOf(guarded, memory.report, namespace.name),
    settled: settled.promise,
    resync: () => watcher.resync(),
    accept: guarded.accept,
    async stop() {
      stopping.abort();
      await watcher.done;
      await loaded;
      await memory.fallback;
      settled.resolve();
      await client.close();
    },
  };
}

async function loadSaved(guarded: Guarded, options: TrackOptions, signal: AbortSignal): Promise<void> {
  const { log, load, namespace } = options;
  const saved = await load(signal).catch((error: unknown) => {
    if (!signal.aborted) log.warn("saved state is unusable", { namespace: namespace.name, error: messageOf(error) });
    return undefined;
  });
  if (!signal.aborted) guarded.know(saved);
}

function fallBack(guarded: Guarded, { log, namespace }: TrackOptions, signal: AbortSignal): void {
  // A controller may have answered meanwhile.
  if (guarded.snapshot() !== undefined || signal.aborted) return;
  const found = guarded.fallBack();
  if (found === undefined) log.warn("no saved state to start from", { namespace: namespace.name });
  else {
    const savedAt = new Date(found.fetchedAt).toISOString();
    log.warn("starting from saved state", { namespace: namespace.name, apps: found.apps.length, savedAt });
  }
}

function statusOf(guarded: Guarded, report: WatchReport, namespace: string): NamespaceStatus {
  const snapshot = guarded.snapshot();
  return {
    ...report,
    namespace,
    usingFreshState: report.healthy && snapshot?.source === "controller",
    lastUpdated: snapshot?.fetchedAt,
    dataFromDisk: snapshot?.source === "disk",
    held: guarded.held(),
  };
}

function unasked({ drove }: NamespaceConfig): WatchReport {
  const endpoints = drove.map((endpoint) => ({ endpoint, healthy: false, message: "not asked yet" }));
  return { healthy: false, message: "not asked yet", failures: 0, endpoints, counters: { polls: 0, failedPolls: 0 } };
}

function timingOf(config: DiscoveryConfig): Parameters<typeof watchNamespace>[0]["timing"] {
  return {
    intervalMs: config.event_refresh_interval_sec * 1000,
    resyncMs: config.full_resync_interval_sec * 1000,
    startup: {
      tries: config.startup_controller_sync_tries,
      delayMs: config.startup_controller_sync_retry_delay_sec * 1000,
    },
  };
}

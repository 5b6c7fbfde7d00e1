import type { Clock } from "../clock.ts";
import type { NamespaceConfig } from "../config/schema.ts";
import type { DroveClient } from "../drove/client.ts";
import { messageOf } from "../errors.ts";
import type { NamespaceSnapshot } from "../model.ts";
import { watchNamespace } from "./namespace.ts";
import type { DiscoveryConfig, DiscoveryLog, DiscoveryObserver, NamespaceStatus, WatchReport } from "./status.ts";

/** One namespace with its watcher, its newest snapshot and how it fares. */
export interface Tracked {
  /** What it was started with. */
  readonly namespace: NamespaceConfig;
  readonly config: DiscoveryConfig;
  snapshot(): NamespaceSnapshot | undefined;
  status(): NamespaceStatus;
  /** Resolves when the namespace has a snapshot, or has tried and has none. */
  readonly settled: Promise<void>;
  resync(): void;
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
  /** What was known before, e.g. by the watcher that this one replaces. */
  readonly seed: NamespaceSnapshot | undefined;
  /** The last good snapshot on disk. */
  readonly load: (signal: AbortSignal) => Promise<NamespaceSnapshot | undefined>;
  readonly onChanged: (snapshot: NamespaceSnapshot) => void;
  readonly onConfirmed: (snapshot: NamespaceSnapshot) => void;
}

interface Memory {
  snapshot: NamespaceSnapshot | undefined;
  report: WatchReport;
  fallback: Promise<void> | undefined;
}

/** Starts to watch. */
export function trackNamespace(options: TrackOptions): Tracked {
  const { namespace, config, client, seed } = options;
  const stopping = new AbortController();
  const settled = Promise.withResolvers<void>();
  const memory: Memory = { snapshot: seed, report: unasked(namespace), fallback: undefined };
  if (seed !== undefined) settled.resolve();

  const watcher = watchNamespace({
    ...options,
    config: namespace,
    timing: timingOf(config),
    signal: stopping.signal,
    onSnapshot(snapshot) {
      memory.snapshot = snapshot;
      settled.resolve();
      options.onChanged(snapshot);
    },
    onConfirmed(fetchedAt) {
      if (memory.snapshot === undefined) return;
      memory.snapshot = { ...memory.snapshot, fetchedAt };
      options.onConfirmed(memory.snapshot);
    },
    onReport(report) {
      memory.report = report;
      const tried = report.failures >= config.startup_controller_sync_tries;
      if (!tried || memory.snapshot !== undefined || stopping.signal.aborted) return;
      memory.fallback ??= fallBack(memory, options, stopping.signal).finally(settled.resolve);
    },
  });

  return {
    namespace,
    config,
    snapshot: () => memory.snapshot,
    status: () => statusOf(memory, namespace.name),
    settled: settled.promise,
    resync: () => watcher.resync(),
    async stop() {
      stopping.abort();
      await watcher.done;
      await memory.fallback;
      settled.resolve();
      await client.close();
    },
  };
}

async function fallBack(memory: Memory, options: TrackOptions, signal: AbortSignal): Promise<void> {
  const { log, load, namespace, onChanged } = options;
  try {
    const found = await load(signal);
    // A controller may have answered meanwhile.
    if (memory.snapshot !== undefined || signal.aborted) return;
    if (found === undefined) return log.warn("no saved state to start from", { namespace: namespace.name });
    memory.snapshot = found;
    const savedAt = new Date(found.fetchedAt).toISOString();
    log.warn("starting from saved state", { namespace: namespace.name, apps: found.apps.length, savedAt });
    onChanged(found);
  } catch (error) {
    if (!signal.aborted) log.warn("saved state is unusable", { namespace: namespace.name, error: messageOf(error) });
  }
}

function statusOf({ snapshot, report }: Memory, namespace: string): NamespaceStatus {
  return {
    ...report,
    namespace,
    usingFreshState: report.healthy && snapshot?.source === "controller",
    lastUpdated: snapshot?.fetchedAt,
    dataFromDisk: snapshot?.source === "disk",
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

import type { Config } from "../config/schema.ts";
import type { Facts } from "../errors.ts";
import type { GuardDecision, HeldAnswer } from "../guard/held.ts";
import type { GuardConfig } from "../guard/rules.ts";

/** The keys of the configuration that discovery depends on. */
export type DiscoveryConfig = Pick<
  Config,
  | "namespaces"
  | "api_timeout"
  | "event_refresh_interval_sec"
  | "full_resync_interval_sec"
  | "max_response_mb"
  | "startup_controller_sync_tries"
  | "startup_controller_sync_retry_delay_sec"
  | "disk_io_timeout_sec"
  | "state_persistence_enabled"
  | "state_persistence_dir"
> &
  GuardConfig;

/** One controller as it answered last. A standby that says so is healthy; one that was never asked is not. */
export interface EndpointStatus {
  readonly endpoint: string;
  readonly healthy: boolean;
  readonly message: string;
}

/** What a watcher has done since it started. */
export interface WatchCounters {
  readonly polls: number;
  readonly failedPolls: number;
}

/** How a watcher fares, told after each poll and whenever a controller's health changes. */
export interface WatchReport {
  /** True if the last poll got its answers. */
  readonly healthy: boolean;
  readonly message: string;
  /** Polls in a row without an answer. */
  readonly failures: number;
  readonly endpoints: readonly EndpointStatus[];
  readonly counters: WatchCounters;
}

/** How a namespace fares, for health, metrics and people. */
export interface NamespaceStatus extends WatchReport {
  readonly namespace: string;
  /** True if controllers answer and the snapshot is theirs. */
  readonly usingFreshState: boolean;
  /** When a controller last gave or confirmed the list in use, in ms since the epoch; undefined if there is none. */
  readonly lastUpdated: number | undefined;
  readonly dataFromDisk: boolean;
  /** What the guard keeps although the newest answer lacks it. */
  readonly held: HeldAnswer | undefined;
}

/** How the snapshots on disk fare. */
export interface DiskStatus {
  readonly healthy: boolean;
  readonly message: string;
}

/**
 * Told of everything that is counted. The metric that each stands for is named at it; all have the label `namespace`.
 * Every function must return at once and not throw.
 */
export interface DiscoveryObserver {
  /** `endpoint_check_fails`; and `endpoint_down_errors` if `kind` is `down`, i.e. the controller gave no answer at all. */
  endpointCheckFailed(fact: {
    readonly namespace: string;
    readonly endpoint: string;
    readonly kind: "down" | "refused";
  }): void;
  /** `configured_endpoints_total`, `healthy_endpoints_total`; and `all_endpoints_down_errors`, 1 if none is healthy. */
  endpointsCounted(fact: { readonly namespace: string; readonly configured: number; readonly healthy: number }): void;
  /** `drove_stream_errors`: the leader did not answer the event summary. */
  eventsFailed(fact: { readonly namespace: string }): void;
  /** `drove_stream_no_data_warnings`: the full list had changed without an event that announced it. */
  eventsMissed(fact: { readonly namespace: string }): void;
  /** `drove_events_received`: events of all types. */
  eventsReceived(fact: { readonly namespace: string; readonly count: number }): void;
  /** `guard_decisions_total`: what the guard made of vhosts that an answer lacks. */
  guardDecided(fact: { readonly namespace: string; readonly decision: GuardDecision; readonly vhosts: number }): void;
  /** `drove_app_sync_failed`: the leader did not give the list of apps. */
  listFailed(fact: { readonly namespace: string }): void;
  /** `drove_app_refresh_duration`: from the question for the list of apps until it is read. */
  listReceived(fact: { readonly namespace: string; readonly tookMs: number; readonly list: "changed" | "same" }): void;
  /** The namespace is no longer configured: its series can go. */
  namespaceRemoved(fact: { readonly namespace: string }): void;
}

/** The part of a logger that discovery uses. */
export interface DiscoveryLog {
  debug(message: string, facts?: Facts): void;
  info(message: string, facts?: Facts): void;
  warn(message: string, facts?: Facts): void;
}

/** An observer that counts nothing. */
export const noObserver: DiscoveryObserver = {
  endpointCheckFailed: () => undefined,
  endpointsCounted: () => undefined,
  eventsFailed: () => undefined,
  eventsMissed: () => undefined,
  eventsReceived: () => undefined,
  guardDecided: () => undefined,
  listFailed: () => undefined,
  listReceived: () => undefined,
  namespaceRemoved: () => undefined,
};

import { collectDefaultMetrics, Registry } from "prom-client";
import type { GuardDecision } from "../guard/held.ts";
import type { Plan, Reason } from "../model.ts";
import type { Board } from "./board.ts";
import { showBoard } from "./board-gauges.ts";
import { createFamilies, type Families } from "./metric-families.ts";

/** The `result` label. */
export type Result = "success" | "failure";

/** Whose API was called: HAProxy's, or that of NGINX Plus. */
export type ProxyApi = "haproxy" | "nginx";

/** What happened, told in one call each. What *is* comes from the board when the metrics are read. */
export interface Metrics {
  /** A reload was proven. */
  reloaded(reload: { readonly reasons: readonly Reason[]; readonly seconds: number }): void;
  /** A reload was tried and failed. */
  reloadFailed(): void;
  /** A reload begins to wait for old workers. */
  reloadDelayed(): void;
  /** A plan was carried out, from check to proof. */
  applied(apply: { readonly kind: Plan["kind"]; readonly seconds: number }): void;
  /** The proxy serves what an event of a controller announced. */
  converged(change: { readonly namespace: string; readonly seconds: number }): void;
  rendered(render: { readonly result: Result; readonly seconds: number }): void;
  /** The proxy did not answer within `proxy_control_plane_timeout_sec`. */
  controlPlaneTimedOut(): void;
  /** A controller answered a ping, but not as a leader. */
  endpointCheckFailed(namespace: string): void;
  /** A controller did not answer a ping. */
  endpointDown(namespace: string): void;
  /** The endpoints could not be fetched. */
  syncFailed(namespace: string): void;
  /** The event summary could not be fetched. */
  streamFailed(namespace: string): void;
  /** The event summary had no usable data. */
  streamHadNoData(namespace: string): void;
  eventsReceived(events: { readonly namespace: string; readonly count: number }): void;
  /** What the guard made of vhosts that an answer lacks. */
  guardDecided(decided: {
    readonly namespace: string;
    readonly decision: GuardDecision;
    readonly vhosts: number;
  }): void;
  /** The endpoints were fetched. */
  appsRefreshed(refresh: { readonly namespace: string; readonly seconds: number }): void;
  /** `operation` is one of a fixed few, never a name from Drove. */
  proxyCalled(call: { readonly api: ProxyApi; readonly operation: string; readonly result: Result }): void;
  /** All upstreams were brought up to date through the proxy's API. */
  runtimeUpdated(update: { readonly api: ProxyApi; readonly result: Result; readonly seconds: number }): void;
  /** A leaving member is gone; `cut` of its requests did not end in time. */
  drained(drain: { readonly seconds: number; readonly cut: number }): void;
  /** How many members are leaving now. */
  draining(count: number): void;
  /** Adds the families `process_*` and `nodejs_*`. They come later than the rest because loading them takes a while. */
  watchRuntime(): void;
  /** The Prometheus text of now; `now` in ms since the epoch. */
  text(board: Board, now: number): Promise<string>;
  readonly contentType: string;
}

/**
 * Metrics in a registry of their own. Series of a namespace exist, at zero, as soon as the board knows it, and go when
 * it does.
 */
export function createMetrics(options: { readonly prefix?: string } = {}): Metrics {
  const registry = new Registry();
  const families = createFamilies(registry, options.prefix ?? "drove_gateway_");
  const series = namespaceSeries(families.counted);
  return {
    ...proxyRecords(families),
    ...namespaceRecords(families.counted, series.seen),
    contentType: registry.contentType,
    watchRuntime: () => watchRuntime(registry),
    async text(board, now) {
      series.keep(board.namespaces.map((status) => status.namespace));
      showBoard(families, board, now);
      return registry.metrics();
    },
  };
}

function proxyRecords({ reload, own, call, runtime }: Families) {
  return {
    reloaded: ({ reasons, seconds }) => {
      reload.successful.inc();
      reload.duration.observe(seconds);
      for (const reason of new Set(reasons.map((one) => one.code))) reload.byReason.inc({ reason });
    },
    reloadFailed: () => reload.failed.inc(),
    reloadDelayed: () => own.delayed.inc(),
    applied({ kind, seconds }) {
      own.apply.observe(seconds);
      own.plans.inc({ kind });
    },
    rendered: ({ result, seconds }) => reload.render.observe({ result }, seconds),
    controlPlaneTimedOut: () => reload.timeouts.inc(),
    proxyCalled: ({ api, operation, result }) => call[api][result].inc({ operation }),
    drained({ seconds, cut }) {
      own.drain.observe(seconds);
      own.cut.inc(cut);
    },
    draining: (count) => own.draining.set(count),
    runtimeUpdated: ({ api, result, seconds }) => runtime[api].observe({ result }, seconds),
  } satisfies Partial<Metrics>;
}

function namespaceRecords(counted: Families["counted"], seen: (namespace: string) => { readonly namespace: string }) {
  return {
    endpointCheckFailed: (namespace) => counted.checkFails.inc(seen(namespace)),
    endpointDown: (namespace) => counted.downErrors.inc(seen(namespace)),
    syncFailed: (namespace) => counted.syncFailed.inc(seen(namespace)),
    streamFailed: (namespace) => counted.streamErrors.inc(seen(namespace)),
    streamHadNoData: (namespace) => counted.streamNoData.inc(seen(namespace)),
    eventsReceived: ({ namespace, count }) => counted.events.inc(seen(namespace), count),
    converged: ({ namespace, seconds }) => counted.convergence.observe(seen(namespace), seconds),
    guardDecided: ({ namespace, decision, vhosts }) => counted[decision].inc(seen(namespace), vhosts),
    appsRefreshed: ({ namespace, seconds }) => counted.refresh.observe(seen(namespace), seconds),
  } satisfies Partial<Metrics>;
}

/** Remembers which namespaces have series, so that those of a removed one go, even if it was counted once more. */
function namespaceSeries({ refresh, convergence, ...counters }: Families["counted"]) {
  const known = new Set<string>();
  const drop = (namespace: string) => {
    for (const family of [refresh, convergence, ...Object.values(counters)]) family.remove({ namespace });
    known.delete(namespace);
  };
  const start = (namespace: string) => {
    for (const counter of Object.values(counters)) counter.inc({ namespace }, 0);
    // `zero` would forget what was observed before the first reading.
    if (!known.has(namespace)) for (const family of [refresh, convergence]) family.zero({ namespace });
    known.add(namespace);
  };
  return {
    seen(namespace: string) {
      if (!known.has(namespace)) start(namespace);
      return { namespace };
    },
    keep(names: readonly string[]) {
      for (const name of known) if (!names.includes(name)) drop(name);
      for (const name of names) start(name);
    },
  };
}

/**
 * The `process_*` and `nodejs_*` families of prom-client, without the percentiles of event-loop lag: they cost a timer
 * every 10 ms (0.3 % of a core in an idle agent, measured). The lag itself is measured when asked for.
 */
function watchRuntime(registry: Registry): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 2 ** 31 - 1 });
  for (const part of ["min", "max", "mean", "stddev", "p50", "p90", "p99"]) {
    registry.removeSingleMetric(`nodejs_eventloop_lag_${part}_seconds`);
  }
}

import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/*
 * Every metric family: its name, type and labels. The names up to `own` are those that dashboards of the field read.
 */

/** 0.05 s doubled nine times, as the field's dashboards expect. */
const doubling = [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6];
/** From the event to the proof: a poll's interval is the most of it. */
const convergence = [0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 30, 60, 120, 300, 600];
const fine = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Makes families of one registry whose names share a prefix. */
function maker(registry: Registry, prefix: string) {
  const base = (name: string, help: string) => ({ name: prefix + name, help, registers: [registry] });
  return {
    counter: <L extends string = never>(name: string, help: string, labelNames: L[] = []) =>
      new Counter<L>({ ...base(name, help), labelNames }),
    gauge: <L extends string = never>(name: string, help: string, labelNames: L[] = []) =>
      new Gauge<L>({ ...base(name, help), labelNames }),
    histogram: <L extends string = never>(
      name: string,
      help: string,
      options: { readonly buckets: number[]; readonly labelNames?: L[] },
    ) => new Histogram<L>({ ...base(name, help), buckets: options.buckets, labelNames: options.labelNames ?? [] }),
  };
}

type Maker = ReturnType<typeof maker>;

/** All families, registered and at zero where they have no labels. */
export function createFamilies(registry: Registry, prefix: string) {
  const make = maker(registry, prefix);
  return {
    reload: reloadFamilies(make),
    verdict: verdictFamilies(make),
    counted: countedByNamespace(make),
    shown: shownByNamespace(make),
    call: callFamilies(make),
    runtime: runtimeFamilies(maker(registry, "")),
    own: ownFamilies(make),
  };
}

export type Families = ReturnType<typeof createFamilies>;

function reloadFamilies({ counter, histogram }: Maker) {
  return {
    failed: counter("reloads_failed", "Reloads of the proxy that failed"),
    successful: counter("reloads_successful", "Reloads of the proxy that were proven"),
    duration: histogram("reload_duration", "Seconds from the reload command to its proof", { buckets: doubling }),
    byReason: counter("reloads_total", "Proven reloads by reason; one with two reasons counts for both", ["reason"]),
    timeouts: counter(
      "proxy_control_plane_timeout_breaches_total",
      "Times the proxy did not answer within proxy_control_plane_timeout_sec",
    ),
    render: histogram("template_render_duration_seconds", "Seconds to render the template", {
      buckets: fine,
      labelNames: ["result"],
    }),
  };
}

function verdictFamilies({ gauge }: Maker) {
  return {
    resolver: gauge("resolver_healthy", "1 if the names of the controllers resolve"),
    upstreamUpdates: gauge("upstream_updates_via_api_healthy", "1 if updates through the proxy's API work"),
    serverState: gauge("server_state_file_update_healthy", "1 if the server-state file is written"),
    controlPlane: gauge("proxy_control_plane_healthy", "1 if the proxy answers the agent"),
    diskIO: gauge("disk_io_healthy", "1 if the state on disk is read and written in time"),
    config: gauge("config_generation_healthy", "1 if the newest config was accepted, applied and proven"),
    template: gauge("template_rendering_healthy", "1 if the newest template renders"),
  };
}

function countedByNamespace({ counter, histogram }: Maker) {
  return {
    checkFails: counter("endpoint_check_fails", "Pings of controllers that failed, answered or not", ["namespace"]),
    downErrors: counter("endpoint_down_errors", "Pings of controllers that were not answered", ["namespace"]),
    syncFailed: counter("drove_app_sync_failed", "Fetches of the endpoints that failed", ["namespace"]),
    streamErrors: counter("drove_stream_errors", "Fetches of the event summary that failed", ["namespace"]),
    streamNoData: counter("drove_stream_no_data_warnings", "Event summaries without usable data", ["namespace"]),
    events: counter("drove_events_received", "Events that the controllers reported", ["namespace"]),
    held: counter("guard_vhosts_held_total", "Vhosts that were held against an answer", ["namespace"]),
    persisted: counter("guard_vhosts_confirmed_total", "Held vhosts whose loss was confirmed", ["namespace"]),
    recovered: counter("guard_vhosts_recovered_total", "Held vhosts that the controllers had again", ["namespace"]),
    accepted: counter("guard_vhosts_accepted_total", "Held vhosts whose loss an operator accepted", ["namespace"]),
    refresh: histogram("drove_app_refresh_duration", "Seconds to fetch the endpoints", {
      buckets: doubling,
      labelNames: ["namespace"],
    }),
    convergence: histogram(
      "convergence_seconds",
      "Seconds from a controller's newest event to the proof that the proxy serves what it announced",
      { buckets: convergence, labelNames: ["namespace"] },
    ),
  };
}

function shownByNamespace({ gauge }: Maker) {
  return {
    allDown: gauge("all_endpoints_down_errors", "1 if no controller of the namespace is healthy", ["namespace"]),
    withTag: gauge("apps_with_routing_tag_total", "Apps that have the routing tag", ["namespace"]),
    withoutTag: gauge("apps_without_routing_tag_total", "Apps that do not have the routing tag", ["namespace"]),
    ignored: gauge("apps_ignored_by_realm_total", "Apps that the realm leaves out", ["namespace"]),
    heldVhosts: gauge("guard_held_vhosts", "Vhosts that are held against the controllers' newest answer", [
      "namespace",
    ]),
    heldMembers: gauge("guard_held_members", "Instances that the answer lacks while it is held", ["namespace"]),
    heldSeconds: gauge("guard_held_seconds", "Seconds since something is held; 0 if nothing is", ["namespace"]),
    configured: gauge("configured_endpoints_total", "Controllers that are configured", ["namespace"]),
    healthy: gauge("healthy_endpoints_total", "Controllers that are healthy", ["namespace"]),
    dataAge: gauge("data_age_seconds", "Seconds since a controller gave the data in use (or since the agent started)", [
      "namespace",
    ]),
  };
}

function callFamilies({ counter }: Maker) {
  return {
    haproxy: {
      success: counter("haproxy_api_calls_successful_total", "Calls of HAProxy's API that worked", ["operation"]),
      failure: counter("haproxy_api_calls_failed_total", "Calls of HAProxy's API that failed", ["operation"]),
    },
    nginx: {
      success: counter("nginx_api_calls_successful_total", "Calls of nginx's API that worked", ["operation"]),
      failure: counter("nginx_api_calls_failed_total", "Calls of nginx's API that failed", ["operation"]),
    },
  };
}

function runtimeFamilies({ histogram }: Maker) {
  const options = { buckets: fine, labelNames: ["result" as const] };
  return {
    haproxy: histogram("haproxy_runtime_api_duration_seconds", "Seconds to update HAProxy through its API", options),
    nginx: histogram(
      "nginx_plus_runtime_api_duration_seconds",
      "Seconds to update NGINX Plus through its API",
      options,
    ),
  };
}

function ownFamilies({ counter, gauge, histogram }: Maker) {
  return {
    apply: histogram("apply_duration_seconds", "Seconds from plan to proof: check, promotion, reload", {
      buckets: doubling,
    }),
    refused: gauge("refused_apps", "What was refused of the apps, by the code of its note", ["namespace", "code"]),
    quarantined: gauge("quarantined_apps", "Apps that the proxy refuses, whose last accepted form is served, if any", [
      "namespace",
    ]),
    heldSeconds: gauge(
      "changes_held_seconds",
      "Seconds since no change reaches the proxy, by who holds them; 0 if nobody does",
      ["by"],
    ),
    vhosts: gauge("vhosts", "Vhosts that the proxy should serve"),
    members: gauge("members", "Instances that the proxy should serve"),
    drain: histogram(
      "drain_duration_seconds",
      "Seconds from the last new request of a leaving instance to its removal",
      {
        buckets: doubling,
      },
    ),
    draining: gauge("draining_members", "Instances that have left the load balancing and finish requests"),
    cut: counter("sessions_cut_total", "Requests of leaving instances that did not end within drain_timeout_sec"),
    oldWorkers: gauge("old_workers", "Proxy workers of earlier generations that still finish requests"),
    oldGenerations: gauge("old_generations", "Earlier generations of the proxy whose workers still finish requests"),
    delayed: counter(
      "reloads_delayed_total",
      "Reloads that have waited for old workers, with all changes they took along",
    ),
    build: gauge("build_info", "1; the labels say what runs", ["version", "commit"]),
    plans: counter("plans_applied_total", "Plans that were carried out and proven, by kind", ["kind"]),
    notes: gauge("notes", "What an operator should know, by the code of the note", ["code"]),
    provenAt: gauge("config_proven_timestamp_seconds", "When the newest configuration was proven, as a Unix time"),
    config: gauge("config_info", "1; the label is the generation that the proxy is known to serve", ["generation"]),
  };
}

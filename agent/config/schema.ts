import * as v from "valibot";
import {
  choice,
  delimiter,
  directiveText,
  flag,
  list,
  logLevel,
  port,
  seconds,
  secret,
  text,
  whole,
} from "./fields.ts";
import { haproxyEntries } from "./schema-haproxy.ts";
import { namespaceSchema } from "./schema-namespace.ts";
import { nginxEntries } from "./schema-nginx.ts";

export { nginxSeconds, splitHostAndPort } from "./fields.ts";
export { namespaceSchema } from "./schema-namespace.ts";

/*
 * Every key of the TOML file: its type, its default, and what it means. The names here are the names in the file, so
 * that a key is found by its name from the documentation down to the line that uses it. The comments are the
 * documentation: `npm run docs` makes docs/configuration.md and the JSON Schema of them. `@new`: the Go gateway does
 * not have the key. A comment of one star begins a section.
 */

/** The whole file, with lower-cased keys. */
export const configSchema = v.object(
  {
    /* The agent's API */

    /** Where the agent's API listens. In the container's environment mode: `0.0.0.0`. */
    address: text("127.0.0.1"),
    /** Port of the agent's API. A number or a string. */
    port: port(6000),
    /** The API speaks HTTPS, TLS 1.2 or newer. */
    port_use_tls: flag(),
    /** Certificate chain of the agent's API (PEM). */
    port_tls_certfile: text(),
    /** Private key of the agent's API (PEM, no passphrase). */
    port_tls_keyfile: text(),
    /** If set, `/v1/config`, `/v1/reload` and `/v1/accept` need `Authorization: Bearer TOKEN`. @new */
    api_token: secret(),
    /** File that holds `api_token`. @new */
    api_token_file: text(),

    /* The log */

    /** How much is logged. Changes take effect while the agent runs. */
    loglevel: logLevel(),
    /** `json` for machines, `text` for people, `auto`: text on a terminal, else JSON. @new */
    log_format: choice(["auto", "json", "text"], "auto"),

    /* The controllers */

    /** Seconds for one call to a controller. */
    api_timeout: seconds(10),
    /** Seconds to resolve the host name of an instance. */
    dns_resolution_timeout_sec: seconds(2),
    /** Seconds between two looks at a cluster's events, ± 10 %. */
    event_refresh_interval_sec: seconds(2),
    /** Seconds after which everything is asked for, whatever the events say. @new */
    full_resync_interval_sec: seconds(60, 1),
    /** A larger answer of a controller is refused; megabytes. @new */
    max_response_mb: whole(64, 1, 1024),
    /** Tries at start before the delay between tries begins to grow. */
    startup_controller_sync_tries: whole(2, 1, 1000),
    /** Seconds between the tries at start. In a file, 0 is the default. */
    startup_controller_sync_retry_delay_sec: seconds(1, 0),

    /* The guard */

    /** The guard against an answer of the controllers that takes too much away in one step: it is held until confirmed. @new */
    guard_enabled: flag(true),
    /** An answer is held that leaves more than this share of a namespace's vhosts without an instance. @new */
    guard_max_vhost_drop_percent: whole(50, 0, 100),
    /** An answer is held that takes more than this share of a namespace's instances. @new */
    guard_max_member_drop_percent: whole(50, 0, 100),
    /** Fewer vhosts than this may always go: a small cluster changes in large shares. @new */
    guard_min_vhost_drop: whole(3, 1, 1_000_000),
    /** Fewer instances than this may always go. @new */
    guard_min_member_drop: whole(10, 1, 1_000_000),
    /** A held answer counts after so many polls in a row that confirm it. @new */
    guard_confirm_polls: whole(3, 1, 10_000),
    /** And not before so many seconds in which they did. @new */
    guard_confirm_sec: seconds(30, 0),

    /* The proxy */

    /** Which proxy is kept in step. */
    proxy_platform: choice(["nginx", "haproxy"], "nginx"),
    /** Sent as `X-Proxy` in every answer. Empty: the host's name. */
    xproxy: directiveText(),
    /** Port on which the shipped template serves the apps. @new */
    proxy_port: port(7000),
    /** An s6 service directory through which the agent starts the proxy. @new */
    proxy_service: text(),
    /** How long SIGUSR1 holds changes back if no SIGUSR2 follows. */
    proxy_control_plane_timeout_sec: seconds(30),

    /**
     * While workers of more than this many earlier generations still finish requests, as WebSockets make them, a reload
     * waits, and later changes join it. A generation is all the workers that one reload replaced: together they keep 50
     * to 100 MB for 1000 vhosts. Known of nginx, and of HAProxy with `haproxy_master_socket`; what needs no reload never
     * waits. 0: nothing waits. @new
     */
    max_old_workers: whole(10, 0, 10_000),
    /** A reload waits no longer than so many seconds since the first change that wanted it. @new */
    max_reload_delay_sec: seconds(60, 1),

    /**
     * Seconds in which a new instance comes to its full share of the requests, where instances come and go without a
     * reload and others serve beside it: caches fill and code is compiled before all requests of an instance arrive. 0: at
     * once. NGINX Plus has `nginx_slow_start`. @new
     */
    warm_up_sec: seconds(0, 0),

    /* The stop */

    /** Seconds between the order to stop and the stop: not ready, but still in step, so that whoever sends requests here can turn elsewhere. A second order ends it. @new */
    stop_delay_sec: seconds(0, 0),

    /* State on disk */

    /** Seconds for one access to a disk. */
    disk_io_timeout_sec: seconds(5),
    /** Keep the last state of each cluster on disk. */
    state_persistence_enabled: flag(true),
    /** Where the last state of each cluster is kept. Empty: the default. */
    state_persistence_dir: text("/var/lib/drove-gateway"),
    /** So many applied and refused configurations are kept there, for `history` and `rollback`; 0 = none. @new */
    history_entries: whole(50, 0, 100_000),
    /** Where they take more megabytes than this, the oldest go. @new */
    history_max_mb: whole(64, 1, 1_000_000),

    /* Templates */

    /** Find the app that makes the proxy refuse the configuration, keep its last accepted form, go on with the rest. @new */
    quarantine_enabled: flag(true),
    /** Language of the template. Empty: by its extension, `.eta` or `.tmpl`. @new */
    template_engine: choice(["", "eta", "go"], ""),
    /** Files that the template includes, relative to it, `*` allowed. Empty: `partials/` beside it. @new */
    template_partials: list(),
    /** What begins an action of a Go template. */
    left_delimiter: delimiter("{{"),
    /** What ends an action of a Go template. */
    right_delimiter: delimiter("}}"),

    ...nginxEntries,
    ...haproxyEntries,

    namespaces: v.pipe(
      v.array(namespaceSchema, "must be [[namespaces]] tables, with two brackets"),
      v.minLength(1, "must have at least one [[namespaces]] table"),
    ),

    /**
     * Computed, never a key of a file: true for a file older than namespaces, whose template also sees the leader, its
     * vhost and the routing tag at top level.
     */
    legacy_flat: flag(),
  },
  "must be a table",
);

/** One namespace, with all defaults filled in. */
export type NamespaceConfig = Readonly<v.InferOutput<typeof namespaceSchema>>;

/** The whole configuration, with all defaults filled in. Keys are named as in the file. */
export type Config = Readonly<Omit<v.InferOutput<typeof configSchema>, "namespaces">> & {
  readonly namespaces: readonly NamespaceConfig[];
};

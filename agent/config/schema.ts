import * as v from "valibot";
import {
  apiAddress,
  choice,
  controllerUrl,
  delimiter,
  directiveText,
  flag,
  haproxyName,
  ipAndPort,
  list,
  logLevel,
  nginxTime,
  oneLine,
  port,
  seconds,
  secret,
  socketAddress,
  someText,
  text,
  whole,
} from "./fields.ts";

export { splitHostAndPort } from "./fields.ts";

/*
 * Every key of the TOML file: its type, its default, and what it means. The names here are the names in the file, so
 * that a key is found by its name from the documentation down to the line that uses it.
 */

/** One Drove cluster, a `[[namespaces]]` table. */
export const namespaceSchema = v.object(
  {
    /** Unique name, shown in logs, metrics and health. */
    name: v.pipe(v.string("must be a string"), v.trim(), v.minLength(1, "must not be empty")),
    /** Controller URLs in order of priority. */
    drove: v.pipe(
      v.array(controllerUrl, "must be a list of URLs"),
      v.minLength(1, "must name at least one controller"),
    ),
    user: text(),
    user_file: text(),
    pass: secret(),
    pass_file: text(),
    /** Sent as it is in `Authorization`, e.g. `O-Bearer TOKEN`. */
    access_token: secret(),
    access_token_file: text(),
    /** Comma-separated vhosts to serve; with `realm_suffix` also unset, all are served. */
    realm: text(),
    realm_suffix: text(),
    /** Name of the tag whose value groups the instances of a vhost. */
    routing_tag: text(),
    /** Vhost under which the leading controller itself is served. */
    leader_vhost: directiveText(),
    /** PEM file of the authority that signed the controllers' certificates. */
    tls_ca_file: text(),
    tls_insecure_skip_verify: flag(),
  },
  "must be a table",
);

/** The whole file, with lower-cased keys. */
export const configSchema = v.object(
  {
    /** Where the internal API listens. */
    address: text("127.0.0.1"),
    port: port(6000),
    port_use_tls: flag(),
    port_tls_certfile: text(),
    port_tls_keyfile: text(),
    /** Guards everything of the API beyond health and metrics; empty = no guard. */
    api_token: secret(),
    api_token_file: text(),

    loglevel: logLevel(),
    /** `json` for machines, `text` for people, `auto`: text on a terminal. */
    log_format: choice(["auto", "json", "text"], "auto"),
    /** Name of this gateway, sent in the X-Proxy header; empty = the host's name. */
    xproxy: directiveText(),

    /** Deadline of one call to a controller. */
    api_timeout: seconds(10),
    dns_resolution_timeout_sec: seconds(2),
    event_refresh_interval_sec: seconds(2),
    /** Bounds how long an event lost by the controller stays unnoticed. */
    full_resync_interval_sec: seconds(60, 1),
    /** A larger answer of a controller is refused. */
    max_response_mb: whole(64, 1, 1024),
    startup_controller_sync_tries: whole(2, 1, 1000),
    startup_controller_sync_retry_delay_sec: seconds(1, 0),

    proxy_platform: choice(["nginx", "haproxy"], "nginx"),
    /** Port on which the shipped templates serve the apps. */
    proxy_port: port(7000),
    /** An s6 service directory: the agent starts the proxy through it once it has a valid config. */
    proxy_service: text(),
    proxy_control_plane_timeout_sec: seconds(30),
    disk_io_timeout_sec: seconds(5),
    state_persistence_enabled: flag(true),
    state_persistence_dir: text("/var/lib/drove-gateway"),

    /** `eta` or `go`; empty = by the template's extension. */
    template_engine: choice(["", "eta", "go"], ""),
    /** Files the template includes, relative to it; `*` stands for any name. Empty = the folder `partials` beside it. */
    template_partials: list(),
    left_delimiter: delimiter("{{"),
    right_delimiter: delimiter("}}"),

    nginx_config: text("./nginx-test.conf"),
    /** Empty = the shipped template. */
    nginx_template: text(),
    /** May have arguments: `docker exec nginx nginx`. */
    nginx_cmd: someText("nginx"),
    nginx_ignore_check: flag(),
    nginx_reload_disabled: flag(),
    /** Loopback address on which our template tells which generation nginx serves. */
    nginx_status_address: ipAndPort("127.0.0.1:6001"),
    /** Of the shipped template: nginx's pid file. */
    nginx_pid: someText("/run/nginx.pid"),
    /** Of the shipped template: folder of nginx's temporary files; empty = nginx's own. */
    nginx_temp_dir: text(),
    /** Of the shipped template: a file, `/dev/stdout`, or `off`. */
    nginx_access_log: someText("off"),
    /** Of the shipped template: a file or `stderr`; empty = nginx's own. */
    nginx_error_log: text(),
    /** Deadline of one `nginx -t`. */
    nginx_check_timeout_sec: seconds(60, 1),
    nginxplusapiaddr: apiAddress(),
    nginx_max_fails: whole(0, 0, 1_000_000),
    nginx_fail_timeout: nginxTime("1s"),
    nginx_slow_start: nginxTime("0s"),

    haproxy_config: text("/etc/haproxy/haproxy.cfg"),
    haproxy_template: text(),
    haproxy_cmd: someText("haproxy"),
    haproxy_reload_cmd: text("systemctl reload haproxy"),
    haproxy_ignore_check: flag(),
    haproxy_reload_disabled: flag(),
    haproxysocketaddr: socketAddress(),
    haproxy_disable_large_backend_count_optimisation: flag(),
    haproxy_server_name_prefix: haproxyName("server"),
    haproxy_server_name_host_port_delimiter: haproxyName("_"),
    haproxy_backend_name_separator: haproxyName("_"),
    haproxy_backend_include_routing_tag_suffix: flag(true),
    haproxy_add_server_attributes_string: oneLine(),
    haproxy_add_server_ssl_attributes_string: oneLine("ssl verify none"),
    haproxy_manage_global_server_state_file: flag(),
    haproxy_global_server_state_file_path: text(),
    /** Deadline of one `haproxy -c`. */
    haproxy_check_timeout_sec: seconds(60, 1),
    /** Path of the master CLI (`haproxy -W -S PATH`): reloads go through it and their verdict is known. */
    haproxy_master_socket: text(),
    /** Of the shipped template: loopback address of the statistics page; empty = none. */
    haproxy_stats_address: v.optional(v.union([v.literal(""), ipAndPort("127.0.0.1:6001")]), "127.0.0.1:6001"),
    /** Of the shipped template: `off`, `stdout`, or a `log` target such as `/dev/log`. */
    haproxy_log: directiveText("off"),
    /** Of the shipped template: what workers run as, if HAProxy is started by root; empty = as they are started. */
    haproxy_user: directiveText(),
    haproxy_group: directiveText(),
    haproxy_chroot: directiveText(),
    /** How long a leaving member may finish its requests before they are cut. */
    drain_timeout_sec: seconds(30, 0),

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

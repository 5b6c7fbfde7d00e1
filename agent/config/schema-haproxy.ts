import * as v from "valibot";
import {
  directiveText,
  flag,
  haproxyName,
  ipAndPort,
  oneLine,
  seconds,
  socketAddress,
  someText,
  text,
} from "./fields.ts";

/** Keys that count with `proxy_platform = "haproxy"`. */
export const haproxyEntries = {
  /** The file that the agent writes and HAProxy reads; the maps that it refers to are written beside it. */
  haproxy_config: text("/etc/haproxy/haproxy.cfg"),
  /** The template of `haproxy_config`. Empty: the shipped one. */
  haproxy_template: text(),
  /** HAProxy as a program; the check is `CMD -f FILE -c`. */
  haproxy_cmd: someText("haproxy"),
  /** How HAProxy is reloaded where there is no `haproxy_master_socket`. */
  haproxy_reload_cmd: text("systemctl reload haproxy"),
  /** Do not ask `haproxy -c` before a configuration is put in place. */
  haproxy_ignore_check: flag(),
  /**
   * HAProxy's configuration is neither written nor reloaded: only the servers of its backends come and go. Needs
   * `haproxysocketaddr`.
   */
  haproxy_reload_disabled: flag(),
  /**
   * Path of the admin socket, or `host:port` with an optional `ipv4@` or `ipv6@` in front; the shipped template
   * makes HAProxy listen there. Empty: every change is a reload.
   */
  haproxysocketaddr: socketAddress(),
  /** Ask `show servers state` once for each backend instead of once for all. */
  haproxy_disable_large_backend_count_optimisation: flag(),
  /** What the names of servers begin with. Empty: the default. */
  haproxy_server_name_prefix: haproxyName("server"),
  /** Between prefix, host and port in the names of servers. Empty: the default. */
  haproxy_server_name_host_port_delimiter: haproxyName("_"),
  /** Between vhost and group in the names of backends. Empty: the default. */
  haproxy_backend_name_separator: haproxyName("_"),
  /**
   * Each group of a vhost whose namespace has a `routing_tag` is a backend of its own, with its name in that of the
   * backend; else the vhost is one backend, and nothing is routed by header.
   */
  haproxy_backend_include_routing_tag_suffix: flag(true),
  /**
   * What follows the address of each server, in `add server` and, with the shipped template, in the file, e.g.
   * `check inter 2s`.
   */
  haproxy_add_server_attributes_string: oneLine(),
  /** Added to `haproxy_add_server_attributes_string` where the port type is HTTPS. Empty: the default. */
  haproxy_add_server_ssl_attributes_string: oneLine("ssl verify none"),
  /**
   * Write the server-state file after each change; the shipped template makes HAProxy load it, so that what was down
   * stays down over a reload.
   */
  haproxy_manage_global_server_state_file: flag(),
  /** Path of the server-state file. */
  haproxy_global_server_state_file_path: text(),
  /** Seconds for one `haproxy -c`. @new */
  haproxy_check_timeout_sec: seconds(60, 1),
  /** Path of the master CLI (`haproxy -W -S PATH`). Reloads go through it, and their verdict is known. @new */
  haproxy_master_socket: text(),
  /** Loopback address of the statistics page, in the shipped template. Empty: none. @new */
  haproxy_stats_address: v.optional(v.union([v.literal(""), ipAndPort("127.0.0.1:6001")]), "127.0.0.1:6001"),
  /** `off`, `stdout`, or a target of HAProxy's `log`, in the shipped template. @new */
  haproxy_log: directiveText("off"),
  /** User of HAProxy's workers, in the shipped template. Empty: as HAProxy is started. @new */
  haproxy_user: directiveText(),
  /** Group of HAProxy's workers, in the shipped template. @new */
  haproxy_group: directiveText(),
  /** Chroot of HAProxy's workers, in the shipped template. @new */
  haproxy_chroot: directiveText(),
  /** Seconds that a leaving instance has for the requests it is busy with, before they are cut. @new */
  drain_timeout_sec: seconds(30, 0),
};

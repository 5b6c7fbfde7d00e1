import { apiAddress, choice, flag, ipAndPort, nginxTime, seconds, someText, text, whole } from "./fields.ts";

/** Keys that count with `proxy_platform = "nginx"`. */
export const nginxEntries = {
  /** The file that the agent writes and nginx reads. */
  nginx_config: text("./nginx-test.conf"),
  /** The template of `nginx_config`. Empty: the shipped one. */
  nginx_template: text(),
  /** nginx as a program with arguments; may be `docker exec nginx nginx`. */
  nginx_cmd: someText("nginx"),
  /** Do not ask `nginx -t` before a configuration is put in place. */
  nginx_ignore_check: flag(),
  /**
   * The configuration and its reloads are somebody else's: instances come and go through the API of NGINX Plus, and
   * nothing else is done. Needs `nginxplusapiaddr`.
   */
  nginx_reload_disabled: flag(),
  /** Loopback address where nginx says which generation it serves. @new */
  nginx_status_address: ipAndPort("127.0.0.1:6001"),
  /**
   * How instances come and go: `dns`, the agent tells nginx by DNS, without a reload; `reload`; `auto`, by DNS if the
   * nginx that runs can (1.27.3 and newer) and its template asks for it. @new
   */
  nginx_upstream_updates: choice(["auto", "dns", "reload"], "auto"),
  /** Loopback address where the agent answers nginx's questions for servers, by UDP and TCP. @new */
  nginx_dns_address: ipAndPort("127.0.0.1:6053"),
  /** nginx's pid file, in the shipped template. @new */
  nginx_pid: someText("/run/nginx.pid"),
  /** Folder of nginx's temporary files, in the shipped template. Empty: nginx's own. @new */
  nginx_temp_dir: text(),
  /** A file, `/dev/stdout` or `off`, in the shipped template. @new */
  nginx_access_log: someText("off"),
  /** A file or `stderr`, in the shipped template. Empty: nginx's own. @new */
  nginx_error_log: text(),
  /** Seconds for one `nginx -t`. @new */
  nginx_check_timeout_sec: seconds(60, 1),
  /** `host:port` of the API of NGINX Plus, through which instances come and go without reloads. Empty: not used. */
  nginxplusapiaddr: apiAddress(),
  /** Folder of the state files of NGINX Plus, in the shipped template: nginx's workers must be able to write there. @new */
  nginx_plus_state_dir: someText("/var/lib/nginx/state"),
  /** `max_fails` of every server. */
  nginx_max_fails: whole(0, 0, 1_000_000),
  /** `fail_timeout` of every server. */
  nginx_fail_timeout: nginxTime("1s"),
  /** `slow_start` of every server of NGINX Plus. */
  nginx_slow_start: nginxTime("0s"),
};

import type { Config } from "../config/schema.ts";
import { splitCommand } from "./run-command.ts";

/** What the driver has to know of the configuration. Times are in ms. */
export interface HaproxySettings {
  readonly configFile: string;
  readonly command: readonly string[];
  readonly reloadCommand: readonly string[];
  readonly ignoreCheck: boolean;
  /** `haproxysocketaddr`; empty = reloads only. */
  readonly socket: string;
  /** Path of the master CLI; empty = `reloadCommand` reloads. */
  readonly masterSocket: string;
  readonly oneBackendPerCall: boolean;
  /** Where `show servers state` is kept for HAProxy's next start; empty = nowhere. */
  readonly stateFile: string;
  readonly drainMs: number;
  /** 0: a new server has its full weight at once. */
  readonly warmUpMs: number;
  /** What the names of our servers begin with. */
  readonly serverPrefix: string;
  readonly controlPlaneTimeoutMs: number;
  readonly checkTimeoutMs: number;
  readonly diskTimeoutMs: number;
}

/** What the HAProxy driver needs of the configuration. */
export function haproxySettings(config: Config): HaproxySettings {
  return {
    configFile: config.haproxy_config,
    command: splitCommand(config.haproxy_cmd),
    reloadCommand: splitCommand(config.haproxy_reload_cmd),
    ignoreCheck: config.haproxy_ignore_check,
    socket: config.haproxysocketaddr,
    masterSocket: config.haproxy_master_socket,
    oneBackendPerCall: config.haproxy_disable_large_backend_count_optimisation,
    stateFile: config.haproxy_manage_global_server_state_file ? config.haproxy_global_server_state_file_path : "",
    drainMs: config.drain_timeout_sec * 1000,
    warmUpMs: config.warm_up_sec * 1000,
    serverPrefix: config.haproxy_server_name_prefix + config.haproxy_server_name_host_port_delimiter,
    controlPlaneTimeoutMs: config.proxy_control_plane_timeout_sec * 1000,
    checkTimeoutMs: config.haproxy_check_timeout_sec * 1000,
    diskTimeoutMs: config.disk_io_timeout_sec * 1000,
  };
}

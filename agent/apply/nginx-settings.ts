import { type Config, splitHostAndPort } from "../config/schema.ts";
import { splitCommand } from "./run-command.ts";

/** What the driver has to know of the configuration. Times are in ms. */
export interface NginxSettings {
  readonly configFile: string;
  /** Program and arguments; a wrapper such as `docker exec nginx nginx` is told by its first word. */
  readonly command: readonly string[];
  readonly ignoreCheck: boolean;
  readonly statusAddress: { readonly host: string; readonly port: number };
  readonly checkTimeoutMs: number;
  readonly diskTimeoutMs: number;
}

/** What the nginx driver needs of the configuration. */
export function nginxSettings(config: Config): NginxSettings {
  return {
    configFile: config.nginx_config,
    command: splitCommand(config.nginx_cmd),
    ignoreCheck: config.nginx_ignore_check,
    statusAddress: splitHostAndPort(config.nginx_status_address) ?? { host: "127.0.0.1", port: 6001 },
    checkTimeoutMs: config.nginx_check_timeout_sec * 1000,
    diskTimeoutMs: config.disk_io_timeout_sec * 1000,
  };
}

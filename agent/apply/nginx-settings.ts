import { type Config, splitHostAndPort } from "../config/schema.ts";
import type { NginxSettings } from "./nginx.ts";
import { splitCommand } from "./run-command.ts";

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

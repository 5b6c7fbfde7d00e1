import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "smol-toml";
import { nginxPath } from "./proxy.ts";

export interface Ports {
  readonly proxy: number;
  readonly status: number;
  readonly api: number;
  readonly dns: number;
}

/** Keys of the TOML file and their values. */
export type Settings = Readonly<Record<string, unknown>>;

/** Where a gateway's files are. */
export function filesIn(folder: string) {
  return {
    toml: join(folder, "gateway.toml"),
    config: join(folder, "nginx.conf"),
    previous: join(folder, ".nginx.conf.previous"),
    refused: join(folder, ".nginx.conf.refused"),
    pid: join(folder, "nginx.pid"),
    temp: join(folder, "temp"),
    errorLog: join(folder, "error.log"),
    state: join(folder, "state"),
  };
}

/** Settings for quick tests, everything in one folder. */
export function settingsFor(folder: string, ports: Ports): Settings {
  const files = filesIn(folder);
  return {
    address: "127.0.0.1",
    port: ports.api,
    proxy_port: ports.proxy,
    nginx_dns_address: `127.0.0.1:${ports.dns}`,
    xproxy: "gateway-under-test",
    event_refresh_interval_sec: 0.1,
    full_resync_interval_sec: 3600,
    state_persistence_dir: files.state,
    nginx_config: files.config,
    nginx_cmd: nginxPath,
    nginx_status_address: `127.0.0.1:${ports.status}`,
    nginx_pid: files.pid,
    nginx_temp_dir: files.temp,
    nginx_error_log: files.errorLog,
  };
}

/** The text of a config file. */
export function toml(settings: Settings): string {
  return stringify(settings);
}

/** What an operator has before the agent runs: an nginx that serves nothing yet. */
export function bareConfig(folder: string, ports: Ports): string {
  const files = filesIn(folder);
  const temps = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (one) => `${one}_temp_path ${files.temp}/${one};`,
  );
  return `pid ${files.pid};
error_log ${files.errorLog};
events {}
http {
  access_log off;
  ${temps.join(" ")}
  server { listen 127.0.0.1:${ports.status}; return 503; }
}
`;
}

/** The shipped template, for tests that need one a little different. */
export const shippedFolder = join(import.meta.dirname, "..", "..", "..", "templates", "nginx");
export const shippedTemplate = readFileSync(join(shippedFolder, "nginx.conf.eta"), "utf8");

/** The shipped template with these lines at the beginning of its `http` block. */
export function withHttpLines(...lines: readonly string[]): string {
  return shippedTemplate.replace("http {\n", `http {\n  ${lines.join("\n  ")}\n`);
}

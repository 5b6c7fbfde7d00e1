import { join } from "node:path";
import type { DemoPorts } from "./ports.ts";

export interface TomlFacts {
  readonly folder: string;
  readonly nginx: string;
  readonly controllers: readonly string[];
  readonly leaderVhost: string;
  readonly ports: DemoPorts;
}

/** The agent's configuration for the demo: everything it writes lies in one folder. */
export function gatewayToml({ folder, nginx, controllers, leaderVhost, ports }: TomlFacts): string {
  const inFolder = (name: string) => JSON.stringify(join(folder, name));
  return `# Made by the demo.
address = "127.0.0.1"
port = ${ports.api}
# The default is 2 s; a demo should not keep people waiting.
event_refresh_interval_sec = 1
state_persistence_dir = ${inFolder("state")}

proxy_port = ${ports.proxy}
nginx_status_address = "127.0.0.1:${ports.status}"
nginx_cmd = ${JSON.stringify(`${nginx} -e ${join(folder, "error.log")}`)}
nginx_config = ${inFolder("nginx.conf")}
nginx_template = ${inFolder("templates/nginx.conf.eta")}
nginx_pid = ${inFolder("nginx.pid")}
nginx_temp_dir = ${inFolder("temp")}
nginx_error_log = ${inFolder("error.log")}

[[namespaces]]
name = "demo"
drove = ${JSON.stringify(controllers)}
user = "guest"
pass = "guest"
leader_vhost = ${JSON.stringify(leaderVhost)}
`;
}

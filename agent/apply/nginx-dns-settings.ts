import { type Config, splitHostAndPort } from "../config/schema.ts";
import { isWrapper } from "./nginx.ts";
import type { DnsSettings } from "./nginx-dns.ts";
import { nginxSettings } from "./nginx-settings.ts";

const uses = { auto: "if-possible", dns: "insisted", reload: "never" } as const;

/** What the driver needs of the configuration. */
export function dnsSettings(config: Config): DnsSettings {
  const { command, statusAddress } = nginxSettings(config);
  return {
    use: uses[config.nginx_upstream_updates],
    address: splitHostAndPort(config.nginx_dns_address) ?? { host: "127.0.0.1", port: 6053 },
    unavailable: statusAddress,
    warmUpMs: config.warm_up_sec * 1000,
    obstacle: obstacleIn(config, command),
  };
}

function obstacleIn(config: Config, command: readonly string[]): string | undefined {
  if (isWrapper(command))
    return `nginx_cmd (${command[0]}) may run nginx elsewhere, where the agent is not to be asked`;
  const port = splitHostAndPort(config.nginx_dns_address)?.port;
  const taken = [config.port, config.proxy_port, splitHostAndPort(config.nginx_status_address)?.port];
  return taken.includes(port) ? `port ${port} of nginx_dns_address has another use` : undefined;
}

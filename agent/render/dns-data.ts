import { inBrackets } from "../address.ts";
import { type Config, splitHostAndPort } from "../config/schema.ts";
import { canAsk, dnsNameOf, seedMark } from "../seeds.ts";
import { upstreamName } from "../serving.ts";
import type { AppData, HostData, NginxDnsData } from "./template-data.ts";

/** What templates are told of servers that come by DNS. */
export function dnsData(
  config: Config,
  nginx: {
    /** False if the agent cannot answer. */
    readonly asksByDns: boolean;
    readonly version: readonly [number, number, number];
    readonly hosts: readonly (readonly HostData[])[];
  },
): NginxDnsData {
  const { hosts } = nginx;
  if (!nginx.asksByDns || !canAsk(nginx.version))
    return { Address: "", IPv6: "off", ZoneSize: "", Unavailable: "", StatusHost: "", HasWarmUp: false };
  const { host, port } = splitHostAndPort(config.nginx_dns_address) ?? { host: "127.0.0.1", port: 6053 };
  const Address = `${inBrackets(host)}:${port}`;
  const Unavailable = config.nginx_status_address;
  const hasV6 = Unavailable.startsWith("[") || hosts.some((all) => all.some((one) => one.Address.startsWith("[")));
  return {
    Address,
    IPv6: hasV6 ? "on" : "off",
    ZoneSize: `${zoneMegabytes(hosts.reduce((sum, all) => sum + all.length, 0))}m`,
    Unavailable,
    StatusHost: Unavailable.replace(/:\d+$/, ""),
    HasWarmUp: config.warm_up_sec > 0,
  };
}

/** Twice the room that as many servers take, of about 1.2 KB each, and in steps: a change of it is a reload. */
function zoneMegabytes(servers: number): number {
  return Math.max(16, 2 ** Math.ceil(Math.log2(Math.max(1, (servers * 2.4) / 1024))));
}

/**
 * The name under which nginx asks for the servers of a vhost; empty if they stand in the file. So do those of vhosts
 * without instances that do not speak plain HTTP: nginx has nobody then who could say so in their protocol.
 */
export function dnsNameFor(vhost: string, serving: AppData["Serving"], dns: NginxDnsData): string {
  if (dns.Address === "" || (serving.Hosts.length === 0 && serving.Scheme !== "http")) return "";
  return dnsNameOf(upstreamName(vhost)) ?? "";
}

/** The servers of a vhost as lines for its upstream, whichever way they come: for templates of users. */
export function upstreamServers(
  { DnsName, Serving }: Pick<AppData, "DnsName" | "Serving">,
  { config, dns }: { readonly config: Config; readonly dns: NginxDnsData },
): string {
  const parameters = `max_fails=${config.nginx_max_fails} fail_timeout=${config.nginx_fail_timeout};`;
  const weightOf = ({ Weight }: HostData) => (Weight === 1 ? "" : ` weight=${Weight}`);
  const addresses = Serving.Hosts.map((host) => `${host.Address}:${host.Port}${weightOf(host)}`);
  if (DnsName === "") return addresses.map((address) => `server ${address} ${parameters}\n`).join("");
  const seeds = addresses.length > 0 ? addresses : [dns.Unavailable];
  return [
    `zone drove_gateway ${dns.ZoneSize};`,
    `resolver ${dns.Address} ipv6=${dns.IPv6};`,
    "resolver_timeout 1s;",
    `server ${DnsName} service=http resolve ${parameters}`,
    ...seeds.map((address) => `server ${address} ${parameters} ${seedMark}`),
    "",
  ].join("\n");
}

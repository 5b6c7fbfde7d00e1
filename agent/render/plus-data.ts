import { inBrackets } from "../address.ts";
import { type Config, nginxSeconds, splitHostAndPort } from "../config/schema.ts";
import type { NginxPlusData } from "./template-data.ts";

/** What templates are told of NGINX Plus. `vhosts` is how many there are. */
export function plusData(config: Config, vhosts: number): NginxPlusData {
  return {
    ...apiData(config.nginxplusapiaddr),
    StateDir: config.nginx_plus_state_dir.replace(/\/+$/, ""),
    ZoneSize: `${zoneMegabytes(vhosts)}m`,
    HasSlowStart: nginxSeconds(config.nginx_slow_start) > 0,
  };
}

/** Whoever asks from the address on which the API listens is on the same machine. */
function apiData(address: string): Pick<NginxPlusData, "ApiAddress" | "ApiClients"> {
  const api = splitHostAndPort(address);
  if (api === undefined) return { ApiAddress: "", ApiClients: [] };
  const host = api.host === "localhost" ? "127.0.0.1" : api.host;
  return {
    ApiAddress: `${inBrackets(host)}:${api.port}`,
    ApiClients: [...new Set(["127.0.0.1", "::1", host])],
  };
}

/**
 * Room for 32,000 servers of about 2 KB, or for 32 of each vhost: memory that is not used costs nothing. It depends on
 * nothing that changes without a reload.
 */
function zoneMegabytes(vhosts: number): number {
  return Math.max(64, 2 ** Math.ceil(Math.log2(Math.max(1, vhosts / 16))));
}

/**
 * The parameters of `health_check`, by the tag of that name: a path, or anything else that is no "off". NGINX Plus asks
 * gRPC apps by their own protocol. A path with anything but plain characters is none.
 */
export function healthCheckOf(tags: Readonly<Record<string, string>>): string {
  const value = (tags["health_check"] ?? "").trim();
  if (value === "" || /^(off|false|no|0)$/i.test(value)) return "";
  if (tags["protocol"]?.toLowerCase() === "grpc") return "type=grpc";
  if (/^(on|true|yes|1)$/i.test(value)) return "uri=/";
  return /^\/[A-Za-z0-9._~/-]*$/.test(value) ? `uri=${value}` : "";
}

import { type Config, nginxSeconds } from "../config/schema.ts";
import { followIn } from "../follow.ts";
import type { Addresses, Backend, Member, Server, Vhost } from "../model.ts";
import { chooseServing, serverName, upstreamName } from "../serving.ts";

/** What decides the servers of NGINX Plus. */
export interface PlusContext {
  readonly addresses: Addresses;
  /** Of every server, see plusAttributes. */
  readonly attributes: string;
  /** What its servers were before, in the same context: those that stay are the same objects again. */
  readonly former?: readonly Server[] | undefined;
}

/** True if nginx is told its servers through the API of NGINX Plus. */
export function usesPlusApi(config: Pick<Config, "proxy_platform" | "nginxplusapiaddr">): boolean {
  return config.proxy_platform === "nginx" && config.nginxplusapiaddr !== "";
}

/** The parameters of every server, in one spelling: times in seconds. */
export function plusAttributes(config: Config): string {
  const { nginx_max_fails, nginx_fail_timeout, nginx_slow_start } = config;
  const [failTimeout, slowStart] = [nginxSeconds(nginx_fail_timeout), nginxSeconds(nginx_slow_start)];
  return `max_fails=${nginx_max_fails} fail_timeout=${failTimeout}s slow_start=${slowStart}s`;
}

/**
 * The upstream of a vhost. Its servers are known by their addresses, since NGINX Plus knows them by nothing else that
 * outlives a reload.
 */
export function plusBackendOf(vhost: Vhost, context: PlusContext): Backend {
  const { former = [] } = context;
  const indexOf = followIn(former, isServerOf);
  const known = vhost.members.flatMap((member) => former[indexOf(member) ?? -1] ?? serverOf(member, context));
  const { hosts } = chooseServing(known, { tags: vhost.tags, portTypeOf: (server) => server.portType });
  return {
    name: upstreamName(vhost.name),
    vhost: vhost.name,
    group: undefined,
    routingTagKey: vhost.routingTagKey,
    isDefault: true,
    servers: distinct(hosts),
    tags: vhost.tags,
    changesAtRuntime: true,
  };
}

function isServerOf({ host, port, portType, weight }: Server, member: Member): boolean {
  return port === member.port && host === member.host && portType === member.portType && weight === member.weight;
}

function serverOf(member: Member, { addresses, attributes }: PlusContext): readonly Server[] {
  const address = addresses.get(member.host);
  return address === undefined ? [] : [{ ...member, address, name: serverName(address, member.port), attributes }];
}

/** Two host names may have one address. */
function distinct(servers: readonly Server[]): readonly Server[] {
  const names = new Set(servers.map((server) => server.name));
  return names.size === servers.length ? servers : [...new Map(servers.map((one) => [one.name, one])).values()];
}

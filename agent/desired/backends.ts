import type { Config } from "../config/schema.ts";
import { followIn } from "../follow.ts";
import { isHeaderName } from "../header-name.ts";
import { createListMemo, createMemo } from "../memo.ts";
import type { Addresses, Backend, DesiredState, Group, Member, Note, Server, Vhost } from "../model.ts";
import { haproxyAttributes } from "../server-weight.ts";
import { dnsBackendOf, mayUseDns } from "./dns-backends.ts";
import { quoted } from "./names.ts";
import { plusAttributes, plusBackendOf, usesPlusApi } from "./plus-backends.ts";

/** How HAProxy's backends and servers are named, and what follows a server's address. */
export interface BackendSettings {
  readonly separator: string;
  /** True if each group of a vhost whose namespace has a routing tag gets a backend of its own. */
  readonly byGroup: boolean;
  readonly serverPrefix: string;
  readonly serverDelimiter: string;
  readonly attributes: string;
  readonly tlsAttributes: string;
}

/** The backends of HAProxy, and what could not be one: all that is needed to move members, before there is a file. */
export interface Placed {
  readonly backends: readonly Backend[];
  readonly notes: readonly Note[];
}

/**
 * The backends of the desired state, sorted by name. Members without an address are left out. Two vhosts whose backends
 * would have one name (`a` with group `b_c`, `a_b` with group `c`) cannot both be served: the later one is left out.
 */
export function buildBackends(desired: DesiredState, context: Context): Placed {
  const all = desired.vhosts.map((vhost) => backendsOf(vhost, { ...context, former: [] }));
  return placeVhosts(desired.vhosts, all);
}

function placeVhosts(vhosts: readonly Vhost[], backendsByVhost: readonly (readonly Backend[])[]): Placed {
  const byName = new Map<string, Backend>();
  const notes: Note[] = [];
  for (const [index, vhost] of vhosts.entries())
    for (const backend of backendsByVhost[index] ?? []) {
      const taken = byName.get(backend.name);
      if (taken === undefined) byName.set(backend.name, backend);
      else notes.push(clash(vhost, { backend, taken }));
    }
  const backends = [...byName.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  return { backends, notes };
}

/** Places the members of the desired state on backends. */
export type PlaceMembers = (
  config: Config,
  from: { readonly desired: DesiredState; readonly addresses: Addresses },
) => Placed;

/** The backends of the configured proxy; nginx has some where it can be told its servers while it runs. */
export function backendsFor(...parameters: Parameters<PlaceMembers>): Placed {
  return createPlacer()(...parameters);
}

/** A placer that gives the same backends, as objects, for the same vhost, and the same servers for the same members. */
export function createPlacer(): PlaceMembers {
  const placerOnce = createMemo<(vhosts: readonly Vhost[]) => readonly (readonly Backend[])[]>();
  return (config, { desired, addresses }) => {
    if (config.proxy_platform !== "haproxy" && !usesPlusApi(config) && !mayUseDns(config))
      return { backends: [], notes: [] };
    const place = placerOnce([config, addresses], () => {
      const placeOne = placerOf(config, addresses);
      return createListMemo<Vhost, readonly Backend[]>({
        keyOf: (vhost) => vhost.name,
        make: (vhost, former) => placeOne(vhost, former?.result ?? []),
      });
    });
    const { backends, notes } = placeVhosts(desired.vhosts, place(desired.vhosts));
    return { backends, notes: [...notes, ...tagsWithoutHeader(config, desired)] };
  };
}

/** Places one vhost; `former` is where it was placed before. */
function placerOf(
  config: Config,
  addresses: Addresses,
): (vhost: Vhost, former: readonly Backend[]) => readonly Backend[] {
  if (config.proxy_platform === "haproxy") {
    const context = { addresses, settings: settingsOf(config) };
    return (vhost, former) => backendsOf(vhost, { ...context, former });
  }
  if (!usesPlusApi(config)) return (vhost, former) => [dnsBackendOf(vhost, { addresses, former: former[0]?.servers })];
  const context = { addresses, attributes: plusAttributes(config) };
  return (vhost, former) => [plusBackendOf(vhost, { ...context, former: former[0]?.servers })];
}

/** The groups of such a namespace have backends, but no request can say which one it is for. */
function tagsWithoutHeader(config: Config, { namespaces }: DesiredState): readonly Note[] {
  if (config.proxy_platform !== "haproxy" || !config.haproxy_backend_include_routing_tag_suffix) return [];
  const unusable = namespaces.filter(({ routingTag }) => routingTag !== "" && !isHeaderName(routingTag));
  return unusable.map(({ name, routingTag }): Note => {
    const message =
      `routing_tag ${quoted(routingTag)} cannot be the name of a header, so that nothing is routed by it; ` +
      "use a tag of letters, digits and . _ - only";
    return { code: "tag-no-header", subject: "routing_tag", message, namespace: name };
  });
}

function settingsOf(config: Config): BackendSettings {
  return {
    separator: config.haproxy_backend_name_separator,
    byGroup: config.haproxy_backend_include_routing_tag_suffix,
    serverPrefix: config.haproxy_server_name_prefix,
    serverDelimiter: config.haproxy_server_name_host_port_delimiter,
    attributes: haproxyAttributes(config),
    tlsAttributes: config.haproxy_add_server_ssl_attributes_string,
  };
}

interface Context {
  readonly addresses: Addresses;
  readonly settings: BackendSettings;
}

/** With the backends of before, of the same vhost in the same context. */
interface VhostContext extends Context {
  readonly former: readonly Backend[];
}

/** HAProxy's names have no `*`; no label of a vhost begins with `-`. */
function backendName(vhost: string, group: { readonly name: string; readonly separator: string } | undefined) {
  const name = vhost.replace("*", "-");
  return group === undefined ? name : `${name}${group.separator}${group.name.replace("*", "-")}`;
}

function backendsOf(vhost: Vhost, context: VhostContext): readonly Backend[] {
  const { byGroup, separator } = context.settings;
  if (!byGroup || vhost.routingTagKey === "") {
    const name = backendName(vhost.name, undefined);
    return [backendOf(vhost, { name, group: undefined, isDefault: true, of: vhost, context })];
  }
  const named = (group: string) => backendName(vhost.name, { name: group, separator });
  const groups = vhost.groups.map((group) =>
    backendOf(vhost, {
      name: named(group.name),
      group: group.name,
      isDefault: group.name === vhost.name,
      of: group,
      context,
    }),
  );
  if (groups.some((one) => one.isDefault)) return groups;
  // Every app has the tag: what names none of their groups is served by all of them.
  return [
    ...groups,
    backendOf(vhost, { name: named(vhost.name), group: vhost.name, isDefault: true, of: vhost, context }),
  ];
}

function backendOf(
  vhost: Vhost,
  options: {
    readonly name: string;
    readonly group: string | undefined;
    readonly isDefault: boolean;
    readonly of: Pick<Group, "members" | "tags">;
    readonly context: VhostContext;
  },
): Backend {
  const { name, group, isDefault, of, context } = options;
  const attributes = attributesFor(of.tags, context.settings);
  const before = context.former.find((backend) => backend.name === name)?.servers ?? [];
  const indexOf = followIn(before, (server, member: Member) => isServerOf(server, member, attributes));
  const servers = of.members.flatMap(
    (member) => before[indexOf(member) ?? -1] ?? serverOf(member, { attributes, context }),
  );
  return {
    name,
    vhost: vhost.name,
    group,
    routingTagKey: vhost.routingTagKey,
    isDefault,
    servers: distinctServers(servers, context.settings),
    tags: of.tags,
    changesAtRuntime: of.members.every((member) => member.portType === "http" || member.portType === "https"),
  };
}

/**
 * Two members can have one name only where the delimiter takes the place of something else: of the colons of IPv6, or,
 * as a number, of a part of the port.
 */
function distinctServers(servers: readonly Server[], { serverDelimiter }: BackendSettings): readonly Server[] {
  if (/\D/.test(serverDelimiter) && !servers.some((server) => server.host.includes(":"))) return servers;
  return [...new Map(servers.map((server) => [server.name, server])).values()];
}

/** What follows an address, without and with TLS. */
interface Attributes {
  readonly http: string;
  readonly https: string;
}

/** In the same context the same member has the same name and address. */
function isServerOf(server: Server, { host, port, portType }: Member, attributes: Attributes): boolean {
  return (
    server.port === port &&
    server.host === host &&
    server.portType === portType &&
    server.attributes === attributesOf(portType, attributes)
  );
}

function attributesOf(portType: string, { http, https }: Attributes): string {
  return portType === "https" ? https : http;
}

function serverOf(
  { host, port, portType }: Member,
  { attributes, context }: { readonly attributes: Attributes; readonly context: Context },
): readonly Server[] {
  const { addresses, settings } = context;
  const address = addresses.get(host);
  if (address === undefined || portType === "udp") return [];
  const { serverPrefix, serverDelimiter: delimiter } = settings;
  const name = `${serverPrefix}${delimiter}${host.includes(":") ? host.replaceAll(":", delimiter) : host}${delimiter}${port}`;
  return [{ name, host, address, port, portType, attributes: attributesOf(portType, attributes) }];
}

/** gRPC is spoken where the tag `protocol` is `grpc`, by HTTP/2 from the first byte. */
function attributesFor(tags: Readonly<Record<string, string>>, settings: BackendSettings): Attributes {
  const isGrpc = tags["protocol"]?.toLowerCase() === "grpc";
  const joined = (...parts: readonly string[]) => parts.filter((part) => part !== "").join(" ");
  const [common, tls] = [settings.attributes.trim(), settings.tlsAttributes.trim()];
  return { http: joined(common, isGrpc ? "proto h2" : ""), https: joined(common, tls, isGrpc ? "alpn h2" : "") };
}

function clash(vhost: Vhost, { backend, taken }: { readonly backend: Backend; readonly taken: Backend }): Note {
  const message =
    `vhost "${vhost.name}" needs the backend "${backend.name}", which is that of vhost "${taken.vhost}"; ` +
    "it is not served; rename one, or set another haproxy_backend_name_separator";
  return { code: "backend-clash", subject: vhost.appIds[0] ?? vhost.name, message };
}

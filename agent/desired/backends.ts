import type { Config } from "../config/schema.ts";
import { followIn } from "../follow.ts";
import { isHeaderName } from "../header-name.ts";
import { createMemo, type Former } from "../memo.ts";
import type { Addresses, Backend, DesiredState, Group, Member, Note, Server, Vhost } from "../model.ts";
import { haproxyAttributes } from "../server-weight.ts";
import { isSameEndpoint } from "./app.ts";
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
export function buildBackends(
  desired: DesiredState,
  { addresses, settings }: Pick<Context, "addresses" | "settings">,
): Placed {
  const context = contextOf(addresses, settings);
  const all = desired.vhosts.map((vhost) => backendsOf(vhost, { ...context, former: undefined }));
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
export interface Placer {
  /** The backends of one vhost, though another vhost may have the name of one of them. */
  one(vhost: Vhost): readonly Backend[];
  all(desired: DesiredState): Placed;
}

/** The backends of the configured proxy; nginx has some where it can be told its servers while it runs. */
export function backendsFor(
  config: Config,
  { desired, addresses }: { readonly desired: DesiredState; readonly addresses: Addresses },
): Placed {
  return createPlacer()(config, addresses).all(desired);
}

/** A placer that gives the same backends, as objects, for the same vhost, and the same servers for the same members. */
export function createPlacer(): (config: Config, addresses: Addresses) => Placer {
  const placerOnce = createMemo<Placer>();
  return (config, addresses) =>
    placerOnce([config, addresses], () => {
      if (config.proxy_platform !== "haproxy" && !usesPlusApi(config) && !mayUseDns(config))
        return { one: () => [], all: () => ({ backends: [], notes: [] }) };
      const { one, forgetOthers } = rememberingPlacer(placerOf(config, addresses));
      return {
        one,
        all(desired) {
          const { backends, notes } = placeVhosts(desired.vhosts, desired.vhosts.map(one));
          forgetOthers(desired.vhosts);
          return { backends, notes: [...notes, ...tagsWithoutHeader(config, desired)] };
        },
      };
    });
}

type PlaceVhost = (vhost: Vhost, former: Former<Vhost, readonly Backend[]> | undefined) => readonly Backend[];

function rememberingPlacer(place: PlaceVhost) {
  const known = new Map<string, Former<Vhost, readonly Backend[]>>();
  return {
    one(vhost: Vhost): readonly Backend[] {
      const former = known.get(vhost.name);
      if (former?.source === vhost) return former.result;
      const result = place(vhost, former);
      known.set(vhost.name, { source: vhost, result });
      return result;
    },
    forgetOthers(vhosts: readonly Vhost[]): void {
      if (known.size === vhosts.length) return;
      const names = new Set(vhosts.map((vhost) => vhost.name));
      for (const name of known.keys()) if (!names.has(name)) known.delete(name);
    },
  };
}

/** Places one vhost; `former` is what it was, and where it was placed. */
function placerOf(config: Config, addresses: Addresses): PlaceVhost {
  if (config.proxy_platform === "haproxy") {
    const context = contextOf(addresses, settingsOf(config));
    return (vhost, former) => backendsOf(vhost, { ...context, former });
  }
  if (!usesPlusApi(config))
    return (vhost, former) => [dnsBackendOf(vhost, { addresses, former: former?.result[0]?.servers })];
  const context = { addresses, attributes: plusAttributes(config) };
  return (vhost, former) => [plusBackendOf(vhost, { ...context, former: former?.result[0]?.servers })];
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
  /** Of servers that speak HTTP, and of those that speak gRPC. */
  readonly plain: Attributes;
  readonly grpc: Attributes;
}

function contextOf(addresses: Addresses, settings: BackendSettings): Context {
  const [common, tls] = [settings.attributes.trim(), settings.tlsAttributes.trim()];
  const joined = (...parts: readonly string[]) => parts.filter((part) => part !== "").join(" ");
  const plain = { http: common, https: joined(common, tls) };
  // By HTTP/2 from the first byte.
  const grpc = { http: joined(common, "proto h2"), https: joined(common, tls, "alpn h2") };
  return { addresses, settings, plain, grpc };
}

/** With the same vhost as it was before, and the backends that it had then in the same context. */
interface VhostContext extends Context {
  readonly former: Former<Vhost, readonly Backend[]> | undefined;
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
  const attributes = attributesFor(of.tags, context);
  const before = placedBefore({ name, group, attributes, context });
  const indexOf = followIn(before.members, isSameEndpoint);
  const servers = of.members
    .map((member) => before.servers[indexOf(member) ?? -1] ?? serverOf(member, { attributes, context }))
    .filter((server) => server !== undefined);
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

/** The members that a backend had before, and what each of them was made to; none if they would be made to another now. */
function placedBefore({
  name,
  group,
  attributes,
  context,
}: {
  readonly name: string;
  readonly group: string | undefined;
  readonly attributes: Attributes;
  readonly context: VhostContext;
}): { readonly members: readonly Member[]; readonly servers: readonly Server[] } {
  const { source, result = [] } = context.former ?? {};
  const backend = result.find((one) => one.name === name);
  const { members = [] } = source?.groups.find((one) => one.name === group) ?? source ?? {};
  const isKnown = backend?.servers.length === members.length && attributesFor(backend.tags, context) === attributes;
  return isKnown ? { members, servers: backend.servers } : { members: [], servers: [] };
}

/** gRPC is spoken where the tag `protocol` is `grpc`. */
function attributesFor(tags: Readonly<Record<string, string>>, { grpc, plain }: Context): Attributes {
  return tags["protocol"]?.toLowerCase() === "grpc" ? grpc : plain;
}

function attributesOf(portType: string, { http, https }: Attributes): string {
  return portType === "https" ? https : http;
}

function serverOf(
  { host, port, portType }: Member,
  { attributes, context }: { readonly attributes: Attributes; readonly context: Context },
): Server | undefined {
  const { addresses, settings } = context;
  const address = addresses.get(host);
  if (address === undefined || portType === "udp") return undefined;
  const { serverPrefix, serverDelimiter: delimiter } = settings;
  const name = `${serverPrefix}${delimiter}${host.includes(":") ? host.replaceAll(":", delimiter) : host}${delimiter}${port}`;
  return { name, host, address, port, portType, attributes: attributesOf(portType, attributes) };
}

function clash(vhost: Vhost, { backend, taken }: { readonly backend: Backend; readonly taken: Backend }): Note {
  const message =
    `vhost "${vhost.name}" needs the backend "${backend.name}", which is that of vhost "${taken.vhost}"; ` +
    "it is not served; rename one, or set another haproxy_backend_name_separator";
  return { code: "backend-clash", subject: vhost.appIds[0] ?? vhost.name, message };
}

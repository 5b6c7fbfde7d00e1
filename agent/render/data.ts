import { inBrackets } from "../address.ts";
import type { Config } from "../config/schema.ts";
import type { Addresses, Backend, DesiredState, Leader, Member, NamespaceView, Server, Vhost } from "../model.ts";
import { haproxyAttributes } from "../server-weight.ts";
import { App } from "./app.ts";
import { dnsData, dnsNameFor } from "./dns-data.ts";
import { commentText, hashBucketSize, hashMaxSize, servingOf } from "./helpers.ts";
import { healthCheckOf, plusData } from "./plus-data.ts";
import { record } from "./record.ts";
import { buildRoutes, leaderBackend } from "./routes.ts";
import type {
  AppData,
  BackendData,
  HostData,
  LeaderData,
  LeaderRouteData,
  NamespaceData,
  NginxDnsData,
  ServerData,
  ServingData,
  TemplateData,
} from "./template-data.ts";

/** Everything that decides the data. `addresses` maps host names to IP addresses; a member without one is left out. */
export interface DataInputs {
  readonly config: Config;
  readonly desired: DesiredState;
  /** Of HAProxy only. */
  readonly backends: readonly Backend[];
  readonly configFolder: string;
  readonly addresses: Addresses;
  readonly proxyVersion: string | undefined;
  /** True if nginx may be told servers by DNS, as far as its version does not matter. */
  readonly asksByDns: boolean;
  /** True if the machine has IPv6: a proxy cannot listen on it otherwise. */
  readonly ipv6: boolean;
}

/** Takes the place of the generation until the text is complete. No honest text contains it. */
export const generationPlaceholder = "{generation-of-this-text}";

/** The root object for one rendering. */
export function buildTemplateData(inputs: DataInputs): TemplateData {
  const { config, desired, addresses } = inputs;
  const version = versionNumbers(inputs.proxyVersion);
  const hosts = desired.vhosts.map((vhost) => hostsData(vhost.members, addresses));
  const dns = dnsData(config, { asksByDns: inputs.asksByDns, version, hosts });
  const about = { config, dns };
  const vhosts = desired.vhosts.map(
    (vhost, index) => new App(appParts(vhost, { hosts: hosts[index] ?? [], addresses, dns }), about),
  );
  const namespaces = desired.namespaces.map((view) => [view.name, namespaceData(view, addresses)] as const);
  const only = config.legacy_flat ? namespaces[0]?.[1] : undefined;
  const leaders = namespaces.flatMap(([name, namespace]) => leaderRoute(name, namespace));
  const names = [...vhosts, ...leaders].map((one) => one.Vhost);
  return {
    ...settingsData(config, version),
    NginxPlus: plusData(config, vhosts.length),
    NginxDns: dns,
    ProxyIPv6: inputs.ipv6,
    Namespaces: record(namespaces),
    Apps: record(vhosts.filter((vhost) => vhost.Hosts.length > 0).map((vhost) => [vhost.Vhost, vhost])),
    Vhosts: vhosts,
    Backends: inputs.backends.map(backendData),
    Routes: buildRoutes(inputs.backends, desired.namespaces),
    Leaders: leaders,
    NginxNamesHash: { BucketSize: hashBucketSize(names), MaxSize: hashMaxSize(names.length) },
    ConfigFolder: inputs.configFolder,
    Generation: generationPlaceholder,
    ...only,
  };
}

function settingsData(config: Config, version: readonly [number, number, number]) {
  return {
    Xproxy: config.xproxy,
    ProxyPlatform: config.proxy_platform,
    LeftDelimiter: config.left_delimiter,
    RightDelimiter: config.right_delimiter,
    NginxMaxFailsUpstream: config.nginx_max_fails,
    NginxFailTimeoutUpstream: config.nginx_fail_timeout,
    NginxSlowStartUpstream: config.nginx_slow_start,
    HaproxySocketAddr: config.haproxysocketaddr,
    HaproxyServerNamePrefix: config.haproxy_server_name_prefix,
    HaproxyServerNameHostPortSeparator: config.haproxy_server_name_host_port_delimiter,
    HaproxyBackendNameSeparator: config.haproxy_backend_name_separator,
    HaproxyBackendIncludeRoutingTagSuffix: config.haproxy_backend_include_routing_tag_suffix,
    HaproxyAddServerAttributesString: haproxyAttributes(config),
    HaproxyAddServerSSLAttributesString: config.haproxy_add_server_ssl_attributes_string,
    ProxyPort: config.proxy_port,
    NginxStatusAddress: config.nginx_status_address,
    NginxPid: config.nginx_pid,
    NginxTempDir: config.nginx_temp_dir,
    NginxAccessLog: config.nginx_access_log,
    NginxErrorLog: config.nginx_error_log,
    NginxVersion: version,
    HaproxyMasterSocket: config.haproxy_master_socket,
    HaproxyStatsAddress: config.haproxy_stats_address,
    HaproxyLog: config.haproxy_log,
    HaproxyUser: config.haproxy_user,
    HaproxyGroup: config.haproxy_group,
    HaproxyChroot: config.haproxy_chroot,
    HaproxyServerStateFile: config.haproxy_manage_global_server_state_file
      ? config.haproxy_global_server_state_file_path
      : "",
  };
}

function appParts(
  vhost: Vhost,
  {
    hosts,
    addresses,
    dns,
  }: {
    readonly hosts: readonly HostData[];
    readonly addresses: Addresses;
    readonly dns: NginxDnsData;
  },
): Omit<AppData, "UpstreamServers"> {
  const serving = servingData(hosts, vhost.tags);
  const groups = vhost.groups.map(({ name, members, tags }) => {
    const own = members === vhost.members ? hosts : hostsData(members, addresses);
    const isWhole = own === hosts && tags === vhost.tags;
    const group = { Name: name, Hosts: own, Tags: tags, Serving: isWhole ? serving : servingData(own, tags) };
    return [name, group] as const;
  });
  const filled = groups.filter(([, group]) => group.Hosts.length > 0);
  return {
    ID: vhost.appIds[0] ?? "",
    Vhost: vhost.name,
    Hosts: hosts,
    Tags: vhost.tags,
    Comment: commentText(vhost.appIds.slice(0, 5).join(" ")),
    Serving: serving,
    DnsName: dnsNameFor(vhost.name, serving, dns),
    HealthCheck: healthCheckOf(vhost.tags),
    Groups: record(filled),
    RoutingTagKey: vhost.routingTagKey,
    IDs: vhost.appIds,
  };
}

function servingData(hosts: readonly HostData[], tags: Readonly<Record<string, string>>): ServingData {
  const { scheme, hosts: served, leftOut } = servingOf({ Hosts: hosts, Tags: tags });
  return { Scheme: scheme, Hosts: served, LeftOut: leftOut };
}

function backendData(backend: Backend): BackendData {
  return {
    Name: backend.name,
    Vhost: backend.vhost,
    Group: backend.group ?? "",
    IsDefault: backend.isDefault,
    Servers: backend.servers.map(serverData),
    Tags: backend.tags,
    RoutingTagKey: backend.routingTagKey,
  };
}

function serverData({ name, host, address, port, portType, attributes }: Server): ServerData {
  return {
    Name: name,
    Host: host,
    Address: inBrackets(address),
    Port: port,
    PortType: portType,
    Attributes: attributes,
  };
}

/** In a loop: of everything here, only instances come in ten thousands. */
function hostsData(members: readonly Member[], addresses: Addresses): readonly HostData[] {
  const hosts: HostData[] = [];
  for (const { host, port, portType, weight = 1 } of members) {
    const address = addresses.get(host);
    if (address !== undefined)
      hosts.push({ Host: host, Port: port, PortType: portType, Address: inBrackets(address), Weight: weight });
  }
  return hosts;
}

function namespaceData(view: NamespaceView, addresses: Addresses): NamespaceData {
  return { LeaderVHost: view.leaderVhost, Leader: leaderData(view.leader, addresses), RoutingTag: view.routingTag };
}

function leaderRoute(name: string, { LeaderVHost, Leader }: NamespaceData): readonly LeaderRouteData[] {
  if (LeaderVHost === "") return [];
  const { Address, Port, Endpoint } = Leader;
  const isHttps = /^https:/i.test(Endpoint);
  return [
    { Namespace: name, Vhost: LeaderVHost, Backend: leaderBackend(LeaderVHost), Address, Port, IsHttps: isHttps },
  ];
}

function leaderData(leader: Leader | undefined, addresses: Addresses): LeaderData {
  if (leader === undefined) return { Endpoint: "", Host: "", Port: 0, Address: "" };
  const address = addresses.get(leader.host);
  return {
    Endpoint: leader.endpoint,
    Host: leader.host,
    Port: leader.port,
    Address: address ? inBrackets(address) : "",
  };
}

function versionNumbers(version: string | undefined): readonly [number, number, number] {
  const [major = 0, minor = 0, patch = 0] = (version ?? "").split(".").map((part) => Number.parseInt(part, 10) || 0);
  return [major, minor, patch];
}

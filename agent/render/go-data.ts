import {
  boolType,
  type GoType,
  type GoValue,
  intType,
  mapOf,
  pointerTo,
  sliceOf,
  stringType,
  structOf,
  typedData,
} from "./go-template/index.ts";
import type { TemplateData } from "./template-data.ts";

/*
 * The template data with Go's types: an unknown field of a struct is an error, a missing key of a map is not, a port is
 * an integer. The names of the types show in error messages only.
 */

const tags = mapOf(stringType, stringType);

const host = structOf("main.Host", {
  Host: stringType,
  Port: intType,
  PortType: stringType,
  Address: stringType,
  Weight: intType,
});

const serving = structOf("main.Serving", { Scheme: stringType, Hosts: sliceOf(host), LeftOut: sliceOf(host) });

const group = structOf("main.HostGroup", { Hosts: sliceOf(host), Tags: tags, Name: stringType, Serving: serving });

const app = structOf("main.App", {
  ID: stringType,
  Vhost: stringType,
  Hosts: sliceOf(host),
  Tags: tags,
  Groups: mapOf(stringType, group),
  RoutingTagKey: stringType,
  IDs: sliceOf(stringType),
  Comment: stringType,
  Serving: serving,
  HealthCheck: stringType,
  DnsName: stringType,
  UpstreamServers: stringType,
});

const nginxDns = structOf("main.NginxDns", {
  Address: stringType,
  IPv6: stringType,
  ZoneSize: stringType,
  Unavailable: stringType,
  StatusHost: stringType,
  HasWarmUp: boolType,
});

const nginxPlus = structOf("main.NginxPlus", {
  ApiAddress: stringType,
  ApiClients: sliceOf(stringType),
  StateDir: stringType,
  ZoneSize: stringType,
  HasSlowStart: boolType,
});

const server = structOf("main.Server", {
  Name: stringType,
  Host: stringType,
  Address: stringType,
  Port: intType,
  PortType: stringType,
  Attributes: stringType,
});

const backend = structOf("main.Backend", {
  Name: stringType,
  Vhost: stringType,
  Group: stringType,
  IsDefault: boolType,
  Servers: sliceOf(server),
  Tags: tags,
  RoutingTagKey: stringType,
});

const leader = structOf("main.LeaderController", {
  Endpoint: stringType,
  Host: stringType,
  Port: intType,
  Address: stringType,
});

const namespace = structOf("main.NamespaceRenderingData", {
  LeaderVHost: stringType,
  Leader: leader,
  RoutingTag: stringType,
});

const route = structOf("main.Route", { Key: stringType, Backend: stringType });

const routes = structOf("main.Routes", {
  Hosts: sliceOf(route),
  Wildcards: sliceOf(route),
  Groups: sliceOf(route),
  Headers: sliceOf(stringType),
});

const leaderRoute = structOf("main.LeaderRoute", {
  Namespace: stringType,
  Vhost: stringType,
  Backend: stringType,
  Address: stringType,
  Port: intType,
  IsHttps: boolType,
});

/** Every field of the root, in one place; a field that TemplateData lacks does not compile. */
const fields: Readonly<Record<keyof TemplateData, GoType>> = {
  Xproxy: stringType,
  ProxyPlatform: stringType,
  LeftDelimiter: stringType,
  RightDelimiter: stringType,
  NginxMaxFailsUpstream: intType,
  NginxFailTimeoutUpstream: stringType,
  NginxSlowStartUpstream: stringType,
  HaproxySocketAddr: stringType,
  HaproxyServerNamePrefix: stringType,
  HaproxyServerNameHostPortSeparator: stringType,
  HaproxyBackendNameSeparator: stringType,
  HaproxyBackendIncludeRoutingTagSuffix: boolType,
  HaproxyAddServerAttributesString: stringType,
  HaproxyAddServerSSLAttributesString: stringType,
  Namespaces: mapOf(stringType, namespace),
  Apps: mapOf(stringType, app),
  Vhosts: sliceOf(app),
  Backends: sliceOf(backend),
  Routes: routes,
  Leaders: sliceOf(leaderRoute),
  ConfigFolder: stringType,
  HaproxyMasterSocket: stringType,
  HaproxyStatsAddress: stringType,
  HaproxyLog: stringType,
  HaproxyUser: stringType,
  HaproxyGroup: stringType,
  HaproxyChroot: stringType,
  HaproxyServerStateFile: stringType,
  Generation: stringType,
  ProxyPort: intType,
  ProxyIPv6: boolType,
  NginxStatusAddress: stringType,
  NginxVersion: sliceOf(intType),
  NginxNamesHash: structOf("main.NamesHash", { BucketSize: intType, MaxSize: intType }),
  NginxPid: stringType,
  NginxTempDir: stringType,
  NginxAccessLog: stringType,
  NginxErrorLog: stringType,
  NginxPlus: nginxPlus,
  NginxDns: nginxDns,
  LeaderVHost: stringType,
  Leader: leader,
  RoutingTag: stringType,
};

const root = pointerTo(structOf("main.RenderingData", fields));

/** The root object as Go's text/template sees it. */
export function goData(data: TemplateData): GoValue {
  return typedData(root, data);
}

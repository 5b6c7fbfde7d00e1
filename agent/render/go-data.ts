import type { TemplateData } from "./data.ts";
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

/*
 * The template data with Go's types: an unknown field of a struct is an error, a missing key of a map is not, a port is
 * an integer. The names of the types show in error messages only.
 */

const tags = mapOf(stringType, stringType);

const host = structOf("main.Host", { Host: stringType, Port: intType, PortType: stringType, Address: stringType });

const group = structOf("main.HostGroup", { Hosts: sliceOf(host), Tags: tags, Name: stringType });

const app = structOf("main.App", {
  ID: stringType,
  Vhost: stringType,
  Hosts: sliceOf(host),
  Tags: tags,
  Groups: mapOf(stringType, group),
  RoutingTagKey: stringType,
  IDs: sliceOf(stringType),
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

/** Every field of the root, in one place; a field that TemplateData lacks does not compile. */
const fields: Readonly<Record<keyof Omit<TemplateData, "NginxVersion">, GoType>> = {
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
  Generation: stringType,
  ProxyPort: intType,
  ProxyIPv6: boolType,
  NginxStatusAddress: stringType,
  NginxPid: stringType,
  NginxTempDir: stringType,
  NginxAccessLog: stringType,
  NginxErrorLog: stringType,
  LeaderVHost: stringType,
  Leader: leader,
  RoutingTag: stringType,
};

const root = pointerTo(structOf("main.RenderingData", fields));

/** The root object as Go's text/template sees it. */
export function goData(data: TemplateData): GoValue {
  return typedData(root, data);
}

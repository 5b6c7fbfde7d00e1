import type { RoutesData } from "./routes.ts";

/*
 * What templates see. The names are those of the Go gateway's templates (compatibility of users' templates), so they
 * begin with capitals; those that the Go gateway lacks are marked as ours.
 */

/** One instance. `Address` (ours) is its IP address, IPv6 in brackets; `Host` is what Drove said; `Weight` is ours. */
export interface HostData {
  readonly Host: string;
  readonly Port: number;
  readonly PortType: string;
  readonly Address: string;
  readonly Weight: number;
}

export interface GroupData {
  readonly Name: string;
  readonly Hosts: readonly HostData[];
  readonly Tags: Readonly<Record<string, string>>;
  /** Ours. */
  readonly Serving: ServingData;
}

export interface AppData {
  readonly ID: string;
  readonly Vhost: string;
  readonly Hosts: readonly HostData[];
  readonly Tags: Readonly<Record<string, string>>;
  readonly Groups: Readonly<Record<string, GroupData>>;
  readonly RoutingTagKey: string;
  /** Ours: the ids of all apps behind this vhost. */
  readonly IDs: readonly string[];
  /** Ours: the first of them, as text that is safe in a comment. */
  readonly Comment: string;
  /** Ours. */
  readonly Serving: ServingData;
  /** Ours: the parameters of the health check that NGINX Plus makes, by the tag `health_check`; empty if it has none. */
  readonly HealthCheck: string;
  /** Ours: the name under which nginx asks the agent for its servers; empty if they stand in the file. */
  readonly DnsName: string;
  /** Ours: the servers as lines of an upstream of nginx, whichever way they come; for `raw`. */
  readonly UpstreamServers: string;
}

/** Ours: how nginx is told servers by DNS; all empty if it is not. */
export interface NginxDnsData {
  /** Where the agent answers. */
  readonly Address: string;
  /** `on` if nginx has to ask for IPv6 addresses too, else `off`. */
  readonly IPv6: string;
  /** Of the zone that all upstreams share. */
  readonly ZoneSize: string;
  /** Address and port where nginx itself says that a vhost has no instance. */
  readonly Unavailable: string;
  /** What questions for the generation name as their host: nothing that a vhost can be. */
  readonly StatusHost: string;
  /** True if new instances get their weight bit by bit. */
  readonly HasWarmUp: boolean;
}

/** Ours: what is special about NGINX Plus. */
export interface NginxPlusData {
  /** Where its API listens; empty unless servers come and go through it. */
  readonly ApiAddress: string;
  /** IP addresses that may use it. */
  readonly ApiClients: readonly string[];
  readonly StateDir: string;
  /** Of the zone that all upstreams share. */
  readonly ZoneSize: string;
  readonly HasSlowStart: boolean;
}

/** How nginx speaks to instances, see servingOf in helpers. */
export interface ServingData {
  readonly Scheme: string;
  readonly Hosts: readonly HostData[];
  readonly LeftOut: readonly HostData[];
}

/** Ours: a backend of HAProxy, see model. */
export interface BackendData {
  readonly Name: string;
  readonly Vhost: string;
  /** Empty if it serves the whole vhost. */
  readonly Group: string;
  readonly IsDefault: boolean;
  readonly Servers: readonly ServerData[];
  readonly Tags: Readonly<Record<string, string>>;
  readonly RoutingTagKey: string;
}

/** Ours: one server of a backend. `Address` has IPv6 in brackets. */
export interface ServerData {
  readonly Name: string;
  readonly Host: string;
  readonly Address: string;
  readonly Port: number;
  readonly PortType: string;
  /** What follows the address in the `server` line, as in `add server`. */
  readonly Attributes: string;
}

export interface LeaderData {
  readonly Endpoint: string;
  readonly Host: string;
  readonly Port: number;
  /** Ours. */
  readonly Address: string;
}

export interface NamespaceData {
  readonly LeaderVHost: string;
  readonly Leader: LeaderData;
  readonly RoutingTag: string;
}

/** Ours: a vhost under which a leading controller is served. `Address` is empty while there is none. */
export interface LeaderRouteData {
  readonly Namespace: string;
  readonly Vhost: string;
  /** Its backend in HAProxy. */
  readonly Backend: string;
  readonly Address: string;
  readonly Port: number;
  readonly IsHttps: boolean;
}

/** The root object of every template. */
export interface TemplateData {
  readonly Xproxy: string;
  readonly ProxyPlatform: string;
  readonly LeftDelimiter: string;
  readonly RightDelimiter: string;
  readonly NginxMaxFailsUpstream: number;
  readonly NginxFailTimeoutUpstream: string;
  readonly NginxSlowStartUpstream: string;
  readonly HaproxySocketAddr: string;
  readonly HaproxyServerNamePrefix: string;
  readonly HaproxyServerNameHostPortSeparator: string;
  readonly HaproxyBackendNameSeparator: string;
  readonly HaproxyBackendIncludeRoutingTagSuffix: boolean;
  readonly HaproxyAddServerAttributesString: string;
  readonly HaproxyAddServerSSLAttributesString: string;
  readonly Namespaces: Readonly<Record<string, NamespaceData>>;
  /** Apps with instances, by vhost. */
  readonly Apps: Readonly<Record<string, AppData>>;
  /** Ours: all vhosts sorted by name, those without instances included. */
  readonly Vhosts: readonly AppData[];
  /** Ours: HAProxy's backends sorted by name, those without servers included; empty for nginx. */
  readonly Backends: readonly BackendData[];
  /** Ours: how HAProxy finds the backend of a request, see routes. */
  readonly Routes: RoutesData;
  /** Ours: the leading controllers that are served, sorted by namespace. */
  readonly Leaders: readonly LeaderRouteData[];
  /** Ours: stands for the generation of the finished text, see render. */
  readonly Generation: string;
  /** Ours: settings of the shipped templates. */
  readonly ProxyPort: number;
  readonly ProxyIPv6: boolean;
  readonly NginxStatusAddress: string;
  readonly NginxPid: string;
  readonly NginxTempDir: string;
  readonly NginxAccessLog: string;
  readonly NginxErrorLog: string;
  /** Ours. */
  readonly NginxPlus: NginxPlusData;
  /** Ours. */
  readonly NginxDns: NginxDnsData;
  /** Ours: the folder of the config file, for files that it refers to. */
  readonly ConfigFolder: string;
  readonly HaproxyMasterSocket: string;
  readonly HaproxyStatsAddress: string;
  readonly HaproxyLog: string;
  readonly HaproxyUser: string;
  readonly HaproxyGroup: string;
  readonly HaproxyChroot: string;
  /** Ours: the global server-state file, empty unless it is managed. */
  readonly HaproxyServerStateFile: string;
  /** Ours: of nginx's table of the names of Vhosts and Leaders. */
  readonly NginxNamesHash: { readonly BucketSize: number; readonly MaxSize: number };
  /** Ours: the version of nginx as numbers, e.g. [1, 30, 6]; all 0 if it is unknown. */
  readonly NginxVersion: readonly [number, number, number];
  /** Of files without namespaces only. */
  readonly LeaderVHost?: string;
  readonly Leader?: LeaderData;
  readonly RoutingTag?: string;
}

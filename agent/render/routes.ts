import { isHeaderName } from "../header-name.ts";
import type { Backend, NamespaceView } from "../model.ts";

/*
 * How HAProxy finds the backend of a request: by the host, then by a header. Lines of map files, ready to print: no key
 * has a blank, and each backend is one of the configuration.
 */

/** One line of a map. */
export interface RouteData {
  readonly Key: string;
  readonly Backend: string;
}

export interface RoutesData {
  /** By host, in lower case and without port or trailing dot. */
  readonly Hosts: readonly RouteData[];
  /** By the end of a host, such as `.a.test` for the vhost `*.a.test`: the longest first. */
  readonly Wildcards: readonly RouteData[];
  /** By `BACKEND|HEADER|VALUE`: the backend that the host led to, a header's name and its value in lower case. */
  readonly Groups: readonly RouteData[];
  /** The headers that count: each is the routing tag of a namespace, and a name that a header can have. */
  readonly Headers: readonly string[];
}

/** The routes to all backends that are reached by a host or a header, and to the leading controllers. */
export function buildRoutes(backends: readonly Backend[], namespaces: readonly NamespaceView[]): RoutesData {
  const defaults = backends.filter((backend) => backend.isDefault);
  const defaultOf = new Map(defaults.map((backend) => [backend.vhost, backend.name]));
  const leaders = namespaces.filter((one) => one.leaderVhost !== "").map((one) => one.leaderVhost);
  const byHost: readonly RouteData[] = [
    ...defaults.map((backend) => ({ Key: backend.vhost, Backend: backend.name })),
    ...leaders.map((vhost) => ({ Key: vhost, Backend: leaderBackend(vhost) })),
  ].sort(byKey);
  const groups = backends.filter((backend) => !backend.isDefault && isHeaderName(backend.routingTagKey));
  return {
    Hosts: byHost.filter(({ Key }) => !Key.startsWith("*")),
    Wildcards: byHost
      .filter(({ Key }) => Key.startsWith("*"))
      .map(({ Key, Backend }) => ({ Key: Key.slice(1), Backend }))
      .sort((left, right) => right.Key.length - left.Key.length),
    Groups: groups.flatMap(({ name, vhost, group, routingTagKey }) => {
      // A backend's name has no `|`, so that no value of a header can pretend to be another key.
      const from = defaultOf.get(vhost);
      return from === undefined ? [] : [{ Key: `${from}|${routingTagKey}|${group}`, Backend: name }];
    }),
    Headers: [...new Set(groups.map((backend) => backend.routingTagKey))].sort(),
  };
}

/** Backends of apps are in lower case, so that none has the name of one that is ours. */
export function leaderBackend(vhost: string): string {
  return `Leader-${vhost.replace("*", "-")}`;
}

function byKey(left: RouteData, right: RouteData): number {
  return left.Key < right.Key ? -1 : 1;
}

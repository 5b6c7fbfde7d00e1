import { canonical } from "../address.ts";
import type { Backend, RunningBackends, RunningServer, Server, Step } from "../model.ts";

/** A server as HAProxy has it; one whose state is not given serves. */
type Present = Pick<RunningServer, "name" | "address" | "port"> & Partial<Pick<RunningServer, "state" | "parameters">>;

/** A backend as it should be, and the servers that HAProxy has in it. */
export interface BackendPair {
  readonly backend: Backend;
  readonly has: readonly Present[];
}

/** The steps to what HAProxy should have, from what it was seen to have. Backends that it lacks are left alone. */
export function diffServers(
  backends: readonly Backend[],
  { running, serverPrefix }: { readonly running: RunningBackends; readonly serverPrefix: string },
): readonly Step[] {
  const present = Map.groupBy(running.servers, (server) => server.backend);
  const known = backends.filter((backend) => running.names.has(backend.name));
  return diffPairs(
    known.map((backend) => ({ backend, has: present.get(backend.name) ?? [] })),
    serverPrefix,
  );
}

/**
 * The steps from the servers that HAProxy has to those it should have: new ones first, leaving ones last, so that no
 * backend is without a server in between. A leaving server that is wanted again is enabled. Servers of other names than
 * ours are left alone.
 */
export function diffPairs(pairs: readonly BackendPair[], serverPrefix: string): readonly Step[] {
  const added: Step[] = [];
  const moved: Step[] = [];
  const enabled: Step[] = [];
  const removed: Step[] = [];
  for (const { backend: wanted, has } of pairs) {
    const { name: backend, servers, changesAtRuntime } = wanted;
    if (!changesAtRuntime || isInStep(servers, has)) continue;
    const found = new Map(has.map((server) => [server.name, server]));
    for (const server of servers) {
      const former = found.get(server.name);
      if (former === undefined) {
        added.push({ kind: "add", backend, server });
        continue;
      }
      found.delete(server.name);
      if (!isAt(former, server)) moved.push({ kind: "readdress", backend, server });
      if (!hasAttributes(former, server)) moved.push({ kind: "modify", backend, server });
      if (!isServing(former)) enabled.push({ kind: "enable", backend, server });
    }
    for (const { name, state } of found.values())
      if (name.startsWith(serverPrefix) && state !== "leaving")
        removed.push({ kind: "remove", backend, server: { name } });
  }
  return [...added, ...moved, ...enabled, ...removed];
}

function isServing({ state = "serving" }: Present): boolean {
  return state === "serving";
}

/** Of most backends nothing has changed, not even the order: that is known without looking anything up. */
function isInStep(wanted: readonly Server[], has: readonly Present[]): boolean {
  return wanted.length === has.length && wanted.every((server, index) => isSame(server, has[index]));
}

function isSame(server: Server, has: Present | undefined): boolean {
  if (has === undefined || has.name !== server.name || !isServing(has)) return false;
  return hasAttributes(has, server) && isAt(has, server);
}

/** Where attributes cannot change at run time, differing ones are no matter of steps. */
function hasAttributes({ parameters }: Present, server: Server): boolean {
  return parameters === undefined || parameters === server.attributes;
}

function isAt(running: Present, server: Server): boolean {
  return running.port === server.port && isSameAddress(running.address, server.address);
}

/** Most are spelled alike, and there are ten thousands of them. */
function isSameAddress(left: string, right: string): boolean {
  return left === right || canonical(left) === canonical(right);
}

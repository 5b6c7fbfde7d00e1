import type { Backend, RunningBackends, RunningServer, Server, Step } from "../model.ts";

/**
 * The steps from the servers that HAProxy has to those it should have: new ones first, leaving ones last, so that no
 * backend is without a server in between. A leaving server that is wanted again is enabled. Servers of other names than
 * ours, and backends that HAProxy does not have, are left alone.
 */
export function diffServers(
  backends: readonly Backend[],
  { running, serverPrefix }: { readonly running: RunningBackends; readonly serverPrefix: string },
): readonly Step[] {
  const present = Map.groupBy(running.servers, (server) => server.backend);
  const added: Step[] = [];
  const moved: Step[] = [];
  const enabled: Step[] = [];
  const removed: Step[] = [];
  for (const { name: backend, servers, changesAtRuntime } of backends) {
    if (!changesAtRuntime || !running.names.has(backend)) continue;
    const has = present.get(backend) ?? [];
    if (isInStep(servers, has)) continue;
    const found = new Map(has.map((server) => [server.name, server]));
    for (const server of servers) {
      const former = found.get(server.name);
      found.delete(server.name);
      if (former === undefined) added.push({ kind: "add", backend, server });
      else {
        if (!isAt(former, server)) moved.push({ kind: "readdress", backend, server });
        if (former.state !== "serving") enabled.push({ kind: "enable", backend, server });
      }
    }
    for (const { name, state } of found.values())
      if (name.startsWith(serverPrefix) && state !== "leaving")
        removed.push({ kind: "remove", backend, server: { name } });
  }
  return [...added, ...moved, ...enabled, ...removed];
}

/** Of most backends nothing has changed, not even the order: that is known without looking anything up. */
function isInStep(wanted: readonly Server[], has: readonly RunningServer[]): boolean {
  return wanted.length === has.length && wanted.every((server, index) => isSame(server, has[index]));
}

function isSame(server: Server, has: RunningServer | undefined): boolean {
  return has !== undefined && has.name === server.name && has.state === "serving" && isAt(has, server);
}

function isAt(running: RunningServer, server: Server): boolean {
  return running.port === server.port && sameAddress(running.address, server.address);
}

/** One IPv6 address has many spellings. */
function sameAddress(left: string, right: string): boolean {
  return left === right || (left.includes(":") && right.includes(":") && canonical(left) === canonical(right));
}

function canonical(address: string): string {
  return URL.canParse(`http://[${address}]`) ? new URL(`http://[${address}]`).hostname : address;
}

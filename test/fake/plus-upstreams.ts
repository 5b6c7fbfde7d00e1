import { readFileSync, writeFileSync } from "node:fs";
import { serversIn, upstreamsIn } from "./plus-config.ts";
import { Refusal } from "./plus-errors.ts";
import { peerOf } from "./plus-peer.ts";
import { type ConfServer, newServer, readChange, serverOf, stateLine, withChange } from "./plus-server.ts";

/** The upstreams of a running NGINX Plus. Whatever is refused throws a Refusal. */
export interface PlusUpstreams {
  /** Reads a config, as nginx does at a start and at a reload. */
  load(config: string): void;
  names(): readonly string[];
  /** The configuration of the servers of one upstream. */
  servers(upstream: string): readonly ConfServer[];
  server(upstream: string, id: string): ConfServer;
  add(upstream: string, body: string): ConfServer;
  change(upstream: string, id: string, body: string): ConfServer;
  /** Returns what is left. */
  remove(upstream: string, id: string): readonly ConfServer[];
  /** JSON of the status of one upstream; `fields` as in the query. */
  status(upstream: string, fields: string | null): string;
  /** So many requests of this server are under way. */
  setActive(upstream: string, server: string, active: number): void;
}

interface Group {
  readonly zone: string;
  readonly state: string | undefined;
  servers: readonly ConfServer[];
  nextId: number;
  readonly active: Map<string, number>;
  /** Servers that are gone and still have requests. */
  zombies: number;
  /** JSON of `peers`, until something changes. */
  printed: string | undefined;
}

/**
 * No upstream yet. `limit`: how many servers fit into the zone of an upstream; without `undrains` what drains cannot
 * come back.
 */
export function createUpstreams({
  limit,
  undrains,
}: {
  readonly limit: number;
  readonly undrains: boolean;
}): PlusUpstreams {
  let groups = new Map<string, Group>();
  let fixed: ReadonlySet<string> = new Set();

  function groupOf(name: string): Group {
    const group = groups.get(name);
    if (group !== undefined) return group;
    throw new Refusal(fixed.has(name) ? "UpstreamStatic" : "UpstreamNotFound");
  }

  function store(group: Group, servers: readonly ConfServer[]): void {
    Object.assign(group, { servers, printed: undefined });
    if (group.state !== undefined) writeFileSync(group.state, servers.map((one) => `${stateLine(one)}\n`).join(""));
  }

  function find(group: Group, id: string): ConfServer {
    if (!/^\d+$/.test(id)) throw new Refusal("UpstreamBadServerId");
    const found = group.servers.find((one) => one.id === Number(id));
    if (found === undefined) throw new Refusal("UpstreamServerNotFound", id);
    return found;
  }

  return {
    load(config) {
      const blocks = upstreamsIn(config);
      groups = new Map(
        blocks.flatMap(({ name, zone, state, servers }) => {
          if (zone === undefined) return [];
          const words = state === undefined ? servers : serversIn(readOrNothing(state));
          return [[name, newGroup({ zone, state, servers: words.map((one, id) => serverOf(id, one)) })] as const];
        }),
      );
      fixed = new Set(blocks.filter((one) => one.zone === undefined).map((one) => one.name));
    },
    names: () => [...groups.keys()],
    servers: (upstream) => groupOf(upstream).servers,
    server: (upstream, id) => find(groupOf(upstream), id),
    add(upstream, body) {
      const group = groupOf(upstream);
      const made = newServer(group.nextId, readChange(body));
      if (group.servers.length >= limit) throw new Refusal("UpstreamOutOfMemory");
      group.nextId += 1;
      store(group, [...group.servers, made]);
      return made;
    },
    change(upstream, id, body) {
      const group = groupOf(upstream);
      const before = find(group, id);
      const change = readChange(body);
      if (change.backup !== undefined && change.backup !== before.backup)
        throw new Refusal("UpstreamConfFormatError", 'invalid "backup" value');
      const after = withChange(before, undrains || !before.drain ? change : { ...change, drain: true });
      store(
        group,
        group.servers.map((one) => (one === before ? after : one)),
      );
      return after;
    },
    remove(upstream, id) {
      const group = groupOf(upstream);
      const gone = find(group, id);
      if (gone.parent !== undefined) throw new Refusal("UpstreamServerImmutable", id);
      if ((group.active.get(gone.server) ?? 0) > 0) group.zombies += 1;
      store(
        group,
        group.servers.filter((one) => one !== gone),
      );
      return group.servers;
    },
    status(upstream, fields) {
      const group = groupOf(upstream);
      group.printed ??= `[${group.servers.map((one) => JSON.stringify(peerOf(one, group.active.get(one.server) ?? 0))).join(",")}]`;
      const all: Readonly<Record<string, string>> = {
        peers: group.printed,
        keepalive: "0",
        zombies: String(group.zombies),
        zone: JSON.stringify(group.zone),
      };
      const shown = Object.entries(all).filter(([name]) => fields === null || fields.split(",").includes(name));
      return `{${shown.map(([name, value]) => `"${name}":${value}`).join(",")}}`;
    },
    setActive(upstream, server, active) {
      const group = groupOf(upstream);
      group.active.set(server, active);
      group.printed = undefined;
    },
  };
}

function newGroup({ zone, state, servers }: Pick<Group, "zone" | "state" | "servers">): Group {
  return { zone, state, servers, nextId: servers.length, active: new Map(), zombies: 0, printed: undefined };
}

/** A state file that is not there yet is an empty one. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

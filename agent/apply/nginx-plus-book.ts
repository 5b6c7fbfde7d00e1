import { withoutBrackets } from "../address.ts";
import { nginxSeconds } from "../config/schema.ts";
import type { RunningBackends, RunningServer } from "../model.ts";
import { ownUpstreamName, serverName } from "../serving.ts";
import type { ConfServer, PlusPeer, ServerParameters } from "./nginx-plus-answers.ts";

/** What is known of one server. */
export interface KnownServer {
  readonly id: number;
  /** False while it drains or is down. */
  readonly takesRequests: boolean;
  /** Requests under way, when it was last looked at. */
  readonly active: number;
  /** See plusAttributes; undefined until they were asked for. */
  readonly attributes: string | undefined;
  /** True if nginx made it of a name: it is not ours to remove. */
  readonly isResolved: boolean;
}

interface KnownUpstream {
  /** As nginx has it. */
  readonly name: string;
  readonly servers: Map<string, KnownServer>;
  /** When its parameters were asked for, in ms; undefined if they have not been. */
  askedAt: number | undefined;
}

/**
 * The servers of NGINX Plus as they were last seen, with what was done to them since. Backends and servers go by the
 * agent's names; ids, which mean nothing after a reload, stay in here.
 */
export interface PlusBook {
  /** The run of nginx that the ids belong to; undefined before the first look. */
  readonly epoch: string | undefined;
  /** A look at everything. Parameters, which it does not show, stay as they are known. */
  record(epoch: string, listing: ReadonlyMap<string, readonly PlusPeer[]>): void;
  /** Upstreams whose parameters are to be asked for now, by nginx's names; `now` in ms. */
  dueForParameters(now: number): readonly string[];
  /** The answer to that. */
  learn(upstream: string, servers: readonly ConfServer[], now: number): void;
  running(isLeaving: (backend: string, server: string) => boolean): RunningBackends;
  /** nginx's name of a backend; undefined if it has none that can change at run time. */
  upstreamOf(backend: string): string | undefined;
  find(backend: string, server: string): KnownServer | undefined;
  /** This server is so now. */
  put(backend: string, server: ConfServer): void;
  forget(backend: string, server: string): void;
}

/** Somebody else may change parameters: they are asked for again after this time, a part of the upstreams at each look. */
const parametersLastMs = 5 * 60_000;
const shareAtOnce = 0.1;

/** Nothing is known yet. */
export function createPlusBook(): PlusBook {
  const state: { epoch: string | undefined; upstreams: ReadonlyMap<string, KnownUpstream> } = {
    epoch: undefined,
    upstreams: new Map(),
  };
  return {
    get epoch() {
      return state.epoch;
    },
    record(epoch, listing) {
      const upstreams = new Map<string, KnownUpstream>();
      for (const [name, peers] of listing) {
        const backend = ownUpstreamName(name);
        // Where nginx has both names, the agent's own one counts.
        if (listing.has(backend) && backend !== name) continue;
        const former = state.upstreams.get(backend);
        upstreams.set(backend, { name, servers: serversOf(peers, former?.servers), askedAt: former?.askedAt });
      }
      Object.assign(state, { epoch, upstreams });
    },
    dueForParameters: (now) => dueAmong([...state.upstreams.values()], now),
    learn(name, servers, now) {
      const upstream = state.upstreams.get(ownUpstreamName(name));
      if (upstream === undefined) return;
      upstream.askedAt = now;
      const byId = new Map(servers.map((server) => [server.id, server]));
      for (const [key, known] of upstream.servers) {
        const conf = byId.get(known.id);
        if (conf !== undefined)
          upstream.servers.set(key, { ...known, attributes: attributesOf(conf), isResolved: conf.isResolved });
      }
    },
    running: (isLeaving) => ({
      names: new Set(state.upstreams.keys()),
      servers: [...state.upstreams].flatMap(([backend, { servers }]) =>
        [...servers].flatMap(([name, known]) => runningServer(known, { backend, name, isLeaving })),
      ),
      outliveReloads: true,
    }),
    upstreamOf: (backend) => state.upstreams.get(backend)?.name,
    find: (backend, server) => state.upstreams.get(backend)?.servers.get(server),
    put(backend, conf) {
      const { servers } = state.upstreams.get(backend) ?? {};
      const name = nameOf(conf.server);
      servers?.set(name, {
        id: conf.id,
        takesRequests: !conf.down && !conf.drain,
        active: servers.get(name)?.active ?? 0,
        attributes: attributesOf(conf),
        isResolved: conf.isResolved,
      });
    },
    forget: (backend, server) => void state.upstreams.get(backend)?.servers.delete(server),
  };
}

/** Those with a server of unknown parameters, and of the others those that nobody has asked about for the longest time. */
function dueAmong(upstreams: readonly KnownUpstream[], now: number): readonly string[] {
  const isUnknown = ({ servers }: KnownUpstream) => [...servers.values()].some((one) => one.attributes === undefined);
  const unknown = upstreams.filter(isUnknown);
  const old = upstreams
    .filter((one) => !isUnknown(one) && one.servers.size > 0 && now - (one.askedAt ?? now) >= parametersLastMs)
    .sort((left, right) => (left.askedAt ?? 0) - (right.askedAt ?? 0));
  return [...unknown, ...old.slice(0, Math.ceil(shareAtOnce * upstreams.length))].map((one) => one.name);
}

function serversOf(
  peers: readonly PlusPeer[],
  former: ReadonlyMap<string, KnownServer> | undefined,
): Map<string, KnownServer> {
  const servers = new Map<string, KnownServer>();
  for (const { id, server, state, active } of peers) {
    const name = nameOf(server);
    // nginx takes an address twice; the second is one too many.
    const key = servers.has(name) ? `${name}#${id}` : name;
    const { attributes, isResolved = false } = former?.get(key) ?? {};
    const takesRequests = state !== "draining" && state !== "down";
    servers.set(key, { id, takesRequests, active, attributes, isResolved });
  }
  return servers;
}

function runningServer(
  { takesRequests, attributes, isResolved }: KnownServer,
  options: {
    readonly backend: string;
    readonly name: string;
    readonly isLeaving: (backend: string, server: string) => boolean;
  },
): readonly RunningServer[] {
  if (isResolved) return [];
  const { backend, name, isLeaving } = options;
  const { address, port } = addressOf(name);
  const state = takesRequests ? "serving" : isLeaving(backend, name) ? "leaving" : "maintenance";
  return [{ backend, name, address, port, state, ...(attributes !== undefined && { parameters: attributes }) }];
}

/** The name of a server, from the address that nginx prints. */
export function nameOf(server: string): string {
  const { address, port } = addressOf(server);
  return Number.isInteger(port) ? serverName(address, port) : server;
}

/** NaN is the port of what has none, such as a unix socket. */
function addressOf(server: string): { readonly address: string; readonly port: number } {
  const [, address = server, port] = /^(.*?):(\d+)(?:#\d+)?$/.exec(server) ?? [];
  return { address: withoutBrackets(address), port: Number(port) };
}

function attributesOf({ max_fails, fail_timeout, slow_start }: ServerParameters): string {
  return `max_fails=${max_fails} fail_timeout=${nginxSeconds(fail_timeout)}s slow_start=${nginxSeconds(slow_start)}s`;
}

/** The parameters of a server that has these attributes. */
export function parametersOf(attributes: string): ServerParameters {
  const words = new Map(attributes.split(" ").map((word) => [word.split("=")[0], word.split("=")[1] ?? ""]));
  return {
    max_fails: Number(words.get("max_fails")),
    fail_timeout: words.get("fail_timeout") ?? "",
    slow_start: words.get("slow_start") ?? "",
  };
}

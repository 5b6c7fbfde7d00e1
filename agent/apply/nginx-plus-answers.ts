import { plusFailure } from "./nginx-plus-failure.ts";

/** What was asked for, or why not. */
export type PlusAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: PlusRefusal };

/** What the API says when it refuses. Only the code is documented; the text is for people. */
export interface PlusRefusal {
  readonly status: number;
  readonly code: string;
  readonly text: string;
}

/** One run of one configuration: ids of servers mean something within it only. */
export interface PlusAbout {
  /** Of nginx, such as `1.29.3`. */
  readonly version: string;
  /** Differs after each start and each reload. */
  readonly epoch: string;
}

/** A server as the status shows it. */
export interface PlusPeer {
  readonly id: number;
  /** `ADDRESS:PORT`. */
  readonly server: string;
  /** `up`, `draining`, `down`, `unavail`, `checking`, `unhealthy`; others may come. */
  readonly state: string;
  /** Requests under way. */
  readonly active: number;
}

/** The parameters of a server that the agent decides about. Times are those of nginx, such as `10s`. */
export interface ServerParameters {
  readonly max_fails: number;
  readonly fail_timeout: string;
  readonly slow_start: string;
}

/** A server as it is configured. */
export interface ConfServer extends ServerParameters {
  readonly id: number;
  readonly server: string;
  readonly down: boolean;
  readonly drain: boolean;
  /** True if nginx made it of a name that it resolves itself: it comes and goes with the name. */
  readonly isResolved: boolean;
}

/*
 * Reads answers: only what is needed, as it is documented. Something else than that is no NGINX Plus, or one from the
 * future, and throws AgentError("proxy-api-failed").
 */

export function readVersions(address: string, text: string): readonly number[] {
  const list = parse(address, text);
  if (!Array.isArray(list)) throw nonsense(address, text);
  return list.filter((one) => typeof one === "number");
}

export function readAbout(address: string, text: string): PlusAbout {
  const { version, generation, load_timestamp, ppid } = objectOf(address, text);
  if (typeof version !== "string") throw nonsense(address, text);
  return { version, epoch: [ppid, generation, load_timestamp].join(" ") };
}

export function readUpstreams(address: string, text: string): ReadonlyMap<string, readonly PlusPeer[]> {
  const all = Object.entries(objectOf(address, text));
  return new Map(all.map(([name, upstream]) => [name, peersOf(address, upstream)]));
}

export function readPeers(address: string, text: string): readonly PlusPeer[] {
  return peersOf(address, objectOf(address, text));
}

function peersOf(address: string, upstream: unknown): readonly PlusPeer[] {
  const peers = isObject(upstream) ? upstream["peers"] : undefined;
  if (!Array.isArray(peers)) throw nonsense(address, JSON.stringify(upstream));
  return peers.map((peer: unknown) => {
    if (!isObject(peer) || !isServer(peer)) throw nonsense(address, JSON.stringify(peer));
    const { id, server, state, active } = peer;
    return { id, server, state: String(state), active: typeof active === "number" ? active : 0 };
  });
}

export function readServers(address: string, text: string): readonly ConfServer[] {
  const list = parse(address, text);
  if (!Array.isArray(list)) throw nonsense(address, text);
  return list.map((one) => confServer(address, one));
}

export function readServer(address: string, text: string): ConfServer {
  return confServer(address, parse(address, text));
}

/** What nginx leaves out has its default. */
function confServer(address: string, one: unknown): ConfServer {
  if (!isObject(one) || !isServer(one)) throw nonsense(address, JSON.stringify(one));
  const { id, server, max_fails, fail_timeout, slow_start, down, drain, parent } = one;
  return {
    id,
    server,
    max_fails: typeof max_fails === "number" ? max_fails : 1,
    fail_timeout: typeof fail_timeout === "string" ? fail_timeout : "10s",
    slow_start: typeof slow_start === "string" ? slow_start : "0s",
    down: down === true,
    drain: drain === true,
    isResolved: parent !== undefined,
  };
}

/** Undefined if it is no refusal of the API, but of whatever stands before it. */
export function readRefusal(status: number, text: string): PlusRefusal | undefined {
  try {
    const { error } = JSON.parse(text);
    if (typeof error?.code !== "string") return undefined;
    return { status, code: error.code, text: String(error.text).slice(0, 200) };
  } catch {
    return undefined;
  }
}

function objectOf(address: string, text: string): Readonly<Record<string, unknown>> {
  const found = parse(address, text);
  if (!isObject(found)) throw nonsense(address, text);
  return found;
}

function parse(address: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw nonsense(address, text);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isServer(
  one: Readonly<Record<string, unknown>>,
): one is Readonly<Record<string, unknown>> & { readonly id: number; readonly server: string } {
  return typeof one["id"] === "number" && typeof one["server"] === "string";
}

function nonsense(address: string, text: string) {
  return plusFailure(address, `answers what no NGINX Plus says: ${JSON.stringify(text.slice(0, 100))}`);
}

import { Agent } from "undici";
import { exchange } from "../exchange.ts";
import {
  type ConfServer,
  type PlusAbout,
  type PlusAnswer,
  type PlusPeer,
  type PlusRefusal,
  readAbout,
  readPeers,
  readRefusal,
  readServer,
  readServers,
  readUpstreams,
  readVersions,
  type ServerParameters,
} from "./nginx-plus-answers.ts";
import { plusFailure, statusFailure, transportFailure } from "./nginx-plus-failure.ts";

/**
 * The API of NGINX Plus at one address. A refusal of the API is a value; whatever else goes wrong (nobody there, no API,
 * a read-only one, an answer that makes no sense) is thrown as AgentError("proxy-api-failed"). The caller's signal
 * bounds each call.
 */
export interface PlusClient {
  /** Which nginx answers, and since which start or reload. */
  about(signal: AbortSignal): Promise<PlusAbout>;
  /** The servers of all upstreams that can be changed at run time, by upstream, in one call. */
  upstreams(signal: AbortSignal): Promise<ReadonlyMap<string, readonly PlusPeer[]>>;
  /** The servers of one upstream with their requests under way. */
  peers(upstream: string, signal: AbortSignal): Promise<PlusAnswer<readonly PlusPeer[]>>;
  /** The servers of one upstream with their parameters. */
  servers(upstream: string, signal: AbortSignal): Promise<PlusAnswer<readonly ConfServer[]>>;
  add(upstream: string, server: NewServer, signal: AbortSignal): Promise<PlusAnswer<ConfServer>>;
  change(at: ServerAt, change: ServerChange, signal: AbortSignal): Promise<PlusAnswer<ConfServer>>;
  remove(at: ServerAt, signal: AbortSignal): Promise<PlusAnswer<undefined>>;
  close(): Promise<void>;
}

/** One server, by the id that the API gave it. */
export interface ServerAt {
  readonly upstream: string;
  readonly id: number;
}

export interface NewServer extends ServerParameters {
  /** `ADDRESS:PORT`, IPv6 in brackets. */
  readonly server: string;
}

/** What is left out stays as it is. */
export type ServerChange = Partial<ServerParameters> & { readonly drain?: boolean; readonly down?: boolean };

/** The versions of the API that this client speaks: before 6 it could do less, after 9 there is none yet. */
const supported = [6, 7, 8, 9];
/** The status of 100,000 servers is 80 MB. */
const largestAnswer = 256 * 2 ** 20;
/** Calls under way at once: enough to keep one worker of nginx busy, few enough to leave it time for requests. */
export const callsAtOnce = 8;

interface Call {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** After `/api/VERSION`. */
  readonly path: string;
  readonly body?: object;
  readonly signal: AbortSignal;
}

/** `address` is `host:port`. Opens nothing yet; connections are kept alive. */
export function createPlusClient(address: string): PlusClient {
  const origin = `http://${address}`;
  const agent = new Agent({
    connections: callsAtOnce,
    pipelining: 1,
    allowH2: false,
    maxResponseSize: largestAnswer,
    // The caller's signal is the deadline of each call.
    headersTimeout: 0,
    bodyTimeout: 0,
    // nginx closes idle connections after its keepalive_timeout, 75 s by default, the shipped template's after 65 s.
    keepAliveTimeout: 50_000,
  });
  const known: { version: Promise<number> | undefined } = { version: undefined };

  async function send(path: string, { method, body, signal }: Omit<Call, "path">) {
    const json = body === undefined ? {} : { body: JSON.stringify(body), headers: jsonHeaders };
    try {
      const { status, body: answer } = await exchange(agent, { origin, path, method, ...json }, signal);
      return { status, text: answer.toString() };
    } catch (error) {
      // A call that was called off did not fail.
      signal.throwIfAborted();
      throw transportFailure(address, error);
    }
  }

  /** `location /api` answers with and without the slash, `location /api/` with it only, `location = /api` without. */
  async function askVersion(signal: AbortSignal): Promise<number> {
    const first = await send("/api/", { method: "GET", signal });
    const { status, text } = first.status === 404 ? await send("/api", { method: "GET", signal }) : first;
    if (status !== 200) throw statusFailure(address, status);
    const versions = readVersions(address, text);
    const version = Math.max(...supported.filter((one) => versions.includes(one)));
    if (Number.isFinite(version)) return version;
    const offered = versions.length === 0 ? "none" : versions.join(", ");
    throw plusFailure(address, `offers the API versions ${offered}, not one from 6 to 9; use NGINX Plus R20 or newer`);
  }

  function versionOf(signal: AbortSignal): Promise<number> {
    const asked = known.version ?? askVersion(signal);
    known.version = asked;
    asked.catch(() => forget(asked));
    return asked;
  }

  function forget(version: Promise<number>): void {
    if (known.version === version) known.version = undefined;
  }

  /** An nginx that was replaced by another one may speak other versions: then it is asked anew, once. */
  async function call<T>(one: Call, read: (text: string) => T): Promise<PlusAnswer<T>> {
    const first = await attempt(one, read);
    return !first.ok && first.refusal.code === "UnknownVersion" ? await attempt(one, read) : first;
  }

  async function attempt<T>(one: Call, read: (text: string) => T): Promise<PlusAnswer<T>> {
    const version = versionOf(one.signal);
    const { status, text } = await send(`/api/${await version}${one.path}`, one);
    if (status < 300) return { ok: true, value: read(text) };
    const refusal = readRefusal(status, text);
    if (refusal === undefined || refusal.code === "MethodDisabled") throw statusFailure(address, status);
    if (refusal.code === "UnknownVersion") forget(version);
    return { ok: false, refusal };
  }

  return {
    async about(signal) {
      const fields = "version,build,generation,load_timestamp,ppid";
      const answer = await call({ method: "GET", path: `/nginx?fields=${fields}`, signal }, (text) =>
        readAbout(address, text),
      );
      return expectValue(address, answer);
    },
    async upstreams(signal) {
      const answer = await call({ method: "GET", path: "/http/upstreams?fields=peers", signal }, (text) =>
        readUpstreams(address, text),
      );
      return expectValue(address, answer);
    },
    peers: (upstream, signal) =>
      call({ method: "GET", path: `${pathOf(upstream)}?fields=peers`, signal }, (text) => readPeers(address, text)),
    servers: (upstream, signal) =>
      call({ method: "GET", path: `${pathOf(upstream)}/servers`, signal }, (text) => readServers(address, text)),
    add: (upstream, server, signal) =>
      call({ method: "POST", path: `${pathOf(upstream)}/servers`, body: server, signal }, (text) =>
        readServer(address, text),
      ),
    change: ({ upstream, id }, change, signal) =>
      call({ method: "PATCH", path: `${pathOf(upstream)}/servers/${id}`, body: change, signal }, (text) =>
        readServer(address, text),
      ),
    remove: ({ upstream, id }, signal) =>
      call({ method: "DELETE", path: `${pathOf(upstream)}/servers/${id}`, signal }, () => undefined),
    close: () => agent.destroy(),
  };
}

const jsonHeaders = { "content-type": "application/json" };

/** Names that templates of users choose may have anything in them. */
function pathOf(upstream: string): string {
  return `/http/upstreams/${encodeURIComponent(upstream)}`;
}

/** For questions that have no reason to be refused. */
function expectValue<T>(address: string, answer: PlusAnswer<T>): T {
  if (answer.ok) return answer.value;
  throw plusFailure(address, `refused a question: ${describeRefusal(answer.refusal)}`);
}

/** What the API said, with what to do about it where that is known. */
export function describeRefusal({ status, code, text }: PlusRefusal): string {
  const remedy = remedies[code];
  return `${text} (${status} ${code})${remedy === undefined ? "" : `; ${remedy}`}`;
}

const remedies: Readonly<Record<string, string>> = {
  UpstreamStatic: "give the upstream a zone, without which its servers cannot change at run time",
  UpstreamOutOfMemory: "make the zone of the upstream larger",
  UpstreamBadFailTimeout: "correct nginx_fail_timeout; whole seconds only",
  UpstreamBadSlowStart: "correct nginx_slow_start; whole seconds only",
  UpstreamBadMaxFails: "correct nginx_max_fails",
  UpstreamServerImmutable: "it was resolved from a name in the upstream's configuration; take that out",
};

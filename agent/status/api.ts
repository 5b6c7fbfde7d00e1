import type { Clock } from "../clock.ts";
import type { Config } from "../config/schema.ts";
import { carriesToken } from "./bearer.ts";
import type { Board } from "./board.ts";
import { healthReport } from "./health.ts";
import { knownState } from "./known-state.ts";
import type { Metrics } from "./metrics.ts";
import { liveProbe, type Probe, readyProbe } from "./probes.ts";

/** Where the answers come from. All are asked anew at every request. */
export interface ApiSources {
  /** The configuration in force; its `api_token` counts from the next request on. */
  readonly config: () => Config;
  readonly board: () => Board;
  readonly metrics: Metrics;
  /** Wakes the loop; `full` if a wake-up was already waiting, which serves as well. */
  readonly onReload: () => "queued" | "full";
  readonly clock: Clock;
  /** What the operator's commands ask, by path: routes besides those of this file. */
  readonly operator: ReadonlyMap<string, Route>;
}

/** What of a request matters. `path` is without the query. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  /** Sent by browsers, on behalf of the page that has them ask. */
  readonly origin: string | undefined;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Route {
  /** `write`: only POST, and not from a page of whatever site a browser on this machine has open. */
  readonly methods: "read" | "write" | "any";
  /** `token`: only with `api_token`, if one is set. */
  readonly access: "open" | "token";
  readonly reply: (sources: ApiSources, request: ApiRequest) => Reply | Promise<Reply>;
}

const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["/", { methods: "read", access: "open", reply: versionReply }],
  ["/v1/health", { methods: "read", access: "open", reply: healthReply }],
  ["/v1/live", { methods: "read", access: "open", reply: liveReply }],
  ["/v1/ready", { methods: "read", access: "open", reply: readyReply }],
  ["/v1/metrics", { methods: "read", access: "open", reply: metricsReply }],
  ["/v1/config", { methods: "read", access: "token", reply: configReply }],
  ["/v1/reload", { methods: "any", access: "token", reply: reloadReply }],
]);

/** Answers one request. Nothing of the request is repeated in the answer. */
export async function answer(request: ApiRequest, sources: ApiSources): Promise<Reply> {
  const route = routes.get(request.path) ?? sources.operator.get(request.path);
  if (route?.access !== "open" && !allowed(request, sources.config())) {
    const challenge = { "WWW-Authenticate": 'Bearer realm="drove-gateway"' };
    return text(401, "api_token is set: send it as Authorization: Bearer TOKEN", challenge);
  }
  if (route === undefined) return text(404, "not found");
  if (route.methods === "read" && request.method !== "GET" && request.method !== "HEAD") {
    return text(405, "only GET and HEAD", { Allow: "GET, HEAD" });
  }
  if (route.methods === "write" && request.method !== "POST") return text(405, "only POST", { Allow: "POST" });
  if (route.methods === "write" && request.origin !== undefined) return text(403, "not for browsers");
  return route.reply(sources, request);
}

/** A plain answer of one or more lines. */
export function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { "Content-Type": "text/plain; charset=utf-8", ...headers }, body: `${body}\n` };
}

function allowed(request: ApiRequest, config: Config): boolean {
  return !config.api_token.isSet || carriesToken(request.authorization, config.api_token);
}

function versionReply({ board }: ApiSources): Reply {
  const { version, commit, date } = board().build;
  return text(200, `version: ${version}\ncommit: ${commit}\ndate: ${date}`);
}

function healthReply({ board }: ApiSources): Reply {
  const { status, body } = healthReport(board());
  return json(status, body);
}

function liveReply({ board, clock }: ApiSources): Reply {
  return probeReply(liveProbe(board(), clock.monotonic()));
}

function readyReply({ board }: ApiSources): Reply {
  return probeReply(readyProbe(board()));
}

async function metricsReply({ metrics, board, clock }: ApiSources): Promise<Reply> {
  const body = await metrics.text(board(), clock.now());
  return { status: 200, headers: { "Content-Type": metrics.contentType }, body };
}

function configReply({ board, config }: ApiSources): Reply {
  return json(200, knownState(board(), config()));
}

function reloadReply({ onReload }: ApiSources): Reply {
  return text(202, onReload() === "queued" ? "queued" : "queue is full");
}

function probeReply({ status, message }: Probe): Reply {
  return text(status, message);
}

/** A JSON answer, indented for people. */
export function json(status: number, body: unknown): Reply {
  const headers = { "Content-Type": "application/json; charset=utf-8" };
  return { status, headers, body: `${JSON.stringify(body, undefined, 2)}\n` };
}

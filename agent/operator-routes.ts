import type { Cycle } from "./agent.ts";
import { onOneLine } from "./control-characters.ts";
import { parseDuration } from "./duration.ts";
import type { Freezer } from "./freezer.ts";
import type { AcceptedAnswer } from "./guard/held.ts";
import type { Hold } from "./hold.ts";
import { configDiff } from "./insight/config-diff.ts";
import { explain } from "./insight/explain.ts";
import type { AppFate } from "./insight/fates.ts";
import type { VhostLog } from "./insight/vhost-log.ts";
import { waitingView } from "./insight/waiting.ts";
import type { History } from "./records/history.ts";
import type { Rollback } from "./rollback.ts";
import { type ApiRequest, type ApiSources, json, type Reply, type Route, text } from "./status/api.ts";
import { withoutUrlSecrets } from "./status/redact.ts";
import { heldBy, heldView } from "./status-routes.ts";

/** What the operator's questions are answered from. */
export interface OperatorParts {
  /** The newest cycle of the loop. */
  readonly cycle: () => Cycle | undefined;
  readonly hold: Hold;
  readonly freezer: Freezer;
  /** Undefined if state is not kept. */
  readonly history: Pick<History, "list"> | undefined;
  readonly rollback: Pick<Rollback, "to">;
  /** What became of each app that a controller lists now. */
  readonly fates: () => readonly AppFate[];
  readonly log: VhostLog;
  /** The newest cycle with what the proxy has now, if it says so. */
  readonly lookedAgain: () => Promise<Cycle | undefined>;
  readonly platform: "nginx" | "haproxy";
  /** What the guard holds is let pass. */
  readonly accept: (namespace: string | undefined) => readonly AcceptedAnswer[];
}

const longestReason = 500;

/** The routes of the operator's commands, by path. All need the token. */
export function operatorRoutes(parts: OperatorParts): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    ["/v1/plan", { methods: "read", access: "token", reply: () => json(200, planAnswer(parts)) }],
    ["/v1/diff", { methods: "read", access: "token", reply: () => diffReply(parts) }],
    ["/v1/explain", { methods: "read", access: "token", reply: (_, request) => explainReply(parts, request) }],
    ["/v1/freeze", { methods: "write", access: "token", reply: (_, request) => freezeReply(parts, request) }],
    ["/v1/history", { methods: "read", access: "token", reply: () => historyReply(parts) }],
    ["/v1/rollback", { methods: "write", access: "token", reply: (_, request) => rollbackReply(parts, request) }],
    ["/v1/thaw", { methods: "write", access: "token", reply: () => thawReply(parts) }],
    [
      "/v1/accept",
      { methods: "write", access: "token", reply: (sources, request) => acceptReply(parts, sources, request) },
    ],
  ]);
}

function planAnswer({ cycle, hold }: OperatorParts) {
  const { error, ...view } = waitingView(cycle());
  const held = heldBy(hold, cycle());
  return {
    ...view,
    ...(error !== undefined && { error: withoutUrlSecrets(error) }),
    ...(held && { held: heldView(held) }),
  };
}

async function diffReply(parts: OperatorParts): Promise<Reply> {
  const found = await configDiff(parts.cycle());
  if (found !== undefined) return json(200, { ...planAnswer(parts), ...found });
  const { error = "the loop has not come that far yet" } = planAnswer(parts);
  return text(409, `there is no configuration to compare: ${error}`);
}

async function explainReply(parts: OperatorParts, { query }: ApiRequest): Promise<Reply> {
  const name = query.get("name")?.trim() ?? "";
  if (name === "")
    return text(400, "name must be a vhost, the id or the name of an app: /v1/explain?name=shop.example");
  const cycle = await parts.lookedAgain();
  const fates = parts.fates().map((one) => ({
    ...one,
    why: withoutUrlSecrets(one.why),
    controller: one.controller && withoutUrlSecrets(one.controller),
  }));
  const { summary, ...found } = explain(name, { ...parts, cycle, fates });
  return json(200, { ...found, summary: summary.map(withoutUrlSecrets) });
}

async function historyReply({ history }: OperatorParts): Promise<Reply> {
  if (history === undefined) return text(409, "there is no history: state_persistence_enabled is false");
  return json(200, { entries: await history.list() });
}

async function rollbackReply({ rollback }: OperatorParts, { query }: ApiRequest): Promise<Reply> {
  const generation = query.get("generation") ?? "";
  if (!/^\d{1,8}$/.test(generation))
    return text(400, "generation must be a number of the history: /v1/rollback?generation=42");
  const reason = reasonOf(query);
  if (reason === undefined) return text(400, `reason must have ${longestReason} characters at most`);
  const id = Number(generation);
  const why = `rolled back to ${id}${reason === "" ? "" : `: ${reason}`}`;
  const result = await rollback.to({ generation: id, reason: why });
  return result.outcome === "applied" ? json(200, result) : text(409, withoutUrlSecrets(result.message));
}

async function freezeReply({ freezer }: OperatorParts, { query }: ApiRequest): Promise<Reply> {
  const length = query.get("for");
  const forMs = length === null ? undefined : parseDuration(length);
  if (length !== null && forMs === undefined) return text(400, "for must be a time such as 90s, 30m, 2h or 1d");
  const reason = reasonOf(query);
  if (reason === undefined) return text(400, `reason must have ${longestReason} characters at most`);
  const { saved, ...freeze } = await freezer.freeze({ forMs, reason });
  return json(200, { held: heldView({ by: "freeze", ...freeze }), saved });
}

/** One line; undefined if it is too long. */
function reasonOf(query: URLSearchParams): string | undefined {
  const reason = onOneLine(query.get("reason") ?? "");
  return reason.length > longestReason ? undefined : reason;
}

async function thawReply({ freezer }: OperatorParts): Promise<Reply> {
  return json(200, { thawed: await freezer.thaw() });
}

function acceptReply({ accept }: OperatorParts, { board }: ApiSources, { query }: ApiRequest): Reply {
  const namespace = query.get("namespace") ?? undefined;
  const isKnown = namespace === undefined || board().namespaces.some((one) => one.namespace === namespace);
  if (!isKnown) return text(400, "there is no such namespace; /v1/health has their names");
  return json(200, { accepted: accept(namespace).map((one) => ({ ...one, since: time(one.since) })) });
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

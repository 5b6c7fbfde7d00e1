import { type Credentials, checkAuthorization } from "./authorization.ts";
import type { EventSummary } from "./event-store.ts";

/** The calls of the controller API that a gateway makes; `other` is every other path. */
export type Call = "ping" | "endpoints" | "events" | "other";

/** One whole HTTP answer, before any fault touches it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What a controller knows when it answers. */
export interface ControllerView {
  readonly leading: boolean;
  readonly credentials: Credentials;
  endpointsBody(): Buffer;
  summarize(lastSyncTime: number): EventSummary;
}

/** What of a request matters to the answer. */
export interface Question {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly authorization: string | undefined;
}

const calls: Readonly<Record<string, Call>> = {
  "/apis/v1/ping": "ping",
  "/apis/v1/endpoints": "endpoints",
  "/apis/v1/cluster/events/summary": "events",
};

/** Which call a path is. */
export function callOf(target: string): Call {
  return calls[pathOf(target)] ?? "other";
}

/** Answers as Drove does: unknown path, then wrong method, then credentials, then leadership, then the data. */
export function answerTo(question: Question, controller: ControllerView): Answer {
  const call = callOf(question.target);
  if (call === "other") return json(404, { code: 404, message: "HTTP 404 Not Found" });
  if (question.method !== "GET") return json(405, { code: 405, message: "HTTP 405 Method Not Allowed" });
  if (checkAuthorization(question.authorization, controller.credentials) === "refused") return credentialsRequired();
  if (!controller.leading) return json(400, failed("This node is not the leader controller"));
  return dataOf(call, question.target, controller);
}

/** The 401 of a controller, as Dropwizard words it. */
export function credentialsRequired(): Answer {
  return {
    status: 401,
    headers: { "content-type": "text/plain", "www-authenticate": 'Basic realm="drove"' },
    body: Buffer.from("Credentials are required to access this resource."),
  };
}

/** An answer with this JSON body. */
export function json(status: number, body: unknown): Answer {
  return jsonText(status, Buffer.from(JSON.stringify(body)));
}

function jsonText(status: number, body: Buffer): Answer {
  return { status, headers: { "content-type": "application/json" }, body };
}

function dataOf(call: Exclude<Call, "other">, target: string, controller: ControllerView): Answer {
  if (call === "ping") return json(200, succeeded("pong"));
  if (call === "endpoints") return jsonText(200, controller.endpointsBody());
  const since = new URLSearchParams(target.split("?")[1]).get("lastSyncTime") ?? "0";
  if (!/^\d+$/.test(since)) return json(400, { errors: ["lastSyncTime must be a number not below 0"] });
  return json(200, succeeded(controller.summarize(Number(since))));
}

function succeeded(data: unknown): unknown {
  return { status: "SUCCESS", data, message: "success" };
}

function failed(message: string): unknown {
  return { status: "FAILED", data: null, message };
}

function pathOf(target: string): string {
  return target.split("?")[0] ?? target;
}

import { type Answer, json } from "./answer.ts";
import { Refusal } from "./plus-errors.ts";
import type { PlusUpstreams } from "./plus-upstreams.ts";

/** What of a request matters to the answer. */
export interface PlusQuestion {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly body: string;
}

/** What the API knows when it answers. */
export interface PlusView {
  readonly versions: readonly number[];
  /** False for `api;` without `write=on`. */
  readonly writable: boolean;
  readonly upstreams: PlusUpstreams;
  readonly nginx: () => Readonly<Record<string, unknown>>;
}

/** Answers as `location /api { api write=on; }` does. */
export function answerPlus(question: PlusQuestion, view: PlusView, requestId: string): Answer {
  try {
    return answer(question, view);
  } catch (error) {
    if (error instanceof Refusal) return json(error.status, error.body(requestId));
    throw error;
  }
}

function answer({ method, target, body }: PlusQuestion, view: PlusView): Answer {
  const [path = "", query] = target.split("?");
  const fields = new URLSearchParams(query).get("fields");
  const [root, version, ...rest] = path.split("/").filter((part) => part !== "");
  if (root !== "api") return { status: 404, headers: { "content-type": "text/html" }, body: notFoundPage };
  if (version === undefined) return json(200, view.versions);
  if (!view.versions.includes(Number(version))) throw new Refusal("UnknownVersion");
  if (method !== "GET" && !view.writable) throw new Refusal("MethodDisabled");
  const [first, second, ...names] = rest.map(decodeURIComponent);
  if (first === "nginx" && second === undefined) return json(200, chosen(view.nginx(), fields));
  if (first !== "http" || second !== "upstreams") throw new Refusal("PathNotFound");
  return ofUpstreams({ method, names, fields, body }, view.upstreams);
}

function ofUpstreams(
  { method, names, fields, body }: { method: string; names: readonly string[]; fields: string | null; body: string },
  upstreams: PlusUpstreams,
): Answer {
  const [upstream, servers, id] = names;
  if (upstream === undefined) return fields === "" ? json(200, upstreams.names()) : listed(upstreams, fields);
  if (servers === undefined) return text(200, upstreams.status(upstream, fields));
  if (servers !== "servers" || names.length > 3) throw new Refusal("PathNotFound");
  if (id === undefined) {
    if (method === "POST") return json(201, upstreams.add(upstream, body));
    return json(200, upstreams.servers(upstream));
  }
  if (method === "PATCH") return json(200, upstreams.change(upstream, id, body));
  if (method === "DELETE") return json(200, upstreams.remove(upstream, id));
  return json(200, upstreams.server(upstream, id));
}

function listed(upstreams: PlusUpstreams, fields: string | null): Answer {
  const all = upstreams.names().map((name) => `${JSON.stringify(name)}:${upstreams.status(name, fields)}`);
  return text(200, `{${all.join(",")}}`);
}

function chosen(all: Readonly<Record<string, unknown>>, fields: string | null): unknown {
  const names = fields?.split(",");
  return Object.fromEntries(Object.entries(all).filter(([name]) => names?.includes(name) ?? true));
}

function text(status: number, body: string): Answer {
  return { status, headers: { "content-type": "application/json" }, body: Buffer.from(body) };
}

const notFoundPage = Buffer.from("<html><head><title>404 Not Found</title></head></html>");

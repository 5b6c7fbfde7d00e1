import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { Cluster } from "./drove-cluster.ts";
import type { ExposedApp } from "./exposed-app.ts";
import type { Fault, FaultScope } from "./faults.ts";
import { type Listening, listen } from "./listening.ts";

type Action = (cluster: Cluster, body: unknown) => unknown;

/** What the control port offers, for tests in other processes. Bodies and answers are JSON. */
const actions: Readonly<Record<string, Action>> = {
  "GET /_control/endpoints": (cluster) => cluster.apps.list(),
  /** A list of ExposedAppInfo; events are made per difference. */
  "PUT /_control/endpoints": (cluster, body) => cluster.apps.replace(asApps(body)),
  /** `[0]`, `[]`, `[0, 1]`: who leads. */
  "PUT /_control/leaders": (cluster, body) => cluster.electLeaders(body as readonly number[]),
  /** `{"controller": 0, "fault": {"kind": "slow", "ms": 100}, "scope": {"times": 1}}`. */
  "POST /_control/faults": (cluster, body) => addFault(cluster, body as FaultOrder),
  /** All controllers behave again. */
  "DELETE /_control/faults": (cluster) => cluster.controllers.forEach((controller) => void controller.mend()),
  "GET /_control/requests": (cluster) => cluster.requests(),
  "DELETE /_control/requests": (cluster) => cluster.forgetRequests(),
};

interface FaultOrder {
  readonly controller: number;
  readonly fault: Fault;
  readonly scope?: FaultScope;
}

/** Starts the control port of a stand-alone cluster: 200 with JSON, 400 with the reason, 404. */
export async function startControlServer(
  cluster: Cluster,
  at: { readonly host: string; readonly port: number },
): Promise<Listening> {
  return listen(
    createServer((request, response) => void act(cluster, request, response)),
    at,
  );
}

/** The list of apps in a file or body; only so much is checked as the cluster itself needs. */
export function asApps(body: unknown): readonly ExposedApp[] {
  const isApp = (one: unknown): boolean =>
    typeof one === "object" && one !== null && "appId" in one && typeof one.appId === "string";
  if (!Array.isArray(body) || !body.every(isApp)) throw new Error("not a list of apps with an appId each");
  return body as readonly ExposedApp[];
}

function addFault(cluster: Cluster, { controller, fault, scope }: FaultOrder): void {
  cluster.controller(controller).fault(fault, scope);
}

async function act(cluster: Cluster, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const action = actions[`${request.method} ${request.url}`];
  if (action === undefined) return reply(response, 404, { error: "no such control", known: Object.keys(actions) });
  try {
    const body = await text(request);
    reply(response, 200, action(cluster, body === "" ? undefined : JSON.parse(body)) ?? "done");
  } catch (error) {
    reply(response, 400, { error: error instanceof Error ? error.message : String(error) });
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
}

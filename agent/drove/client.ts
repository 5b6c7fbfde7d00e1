import type { Clock } from "../clock.ts";
import type { NamespaceConfig } from "../config/schema.ts";
import { withDeadline } from "../deadline.ts";
import type { Exchange } from "../exchange.ts";
import { type ClientSettings, createConnections } from "./connections.ts";
import { authorization, redactor } from "./credentials.ts";
import { type EventSummary, readEventSummary, readPong, readRefusal } from "./envelope.ts";
import { type Call, callError, statusError } from "./failure.ts";
import { createListReader } from "./list-reader.ts";
import type { AppList } from "./schema.ts";

/** What a controller says: only the leader knows; a standby's refusal is a normal answer. */
export type Answer<T> =
  | { readonly from: "leader"; readonly value: T }
  | { readonly from: "standby"; readonly message: string };

/** Calls of one namespace. Each throws an AgentError that names namespace and controller. */
export interface DroveClient {
  ping(endpoint: string, signal: AbortSignal): Promise<Answer<"pong">>;
  /** The full list of apps; the same object again if it is what the last one was, letter by letter. */
  endpoints(endpoint: string, signal: AbortSignal): Promise<Answer<AppList>>;
  /** Counts events later than `lastSyncTime`, a time of the controller's clock that an earlier summary gave; 0 = all. */
  eventSummary(endpoint: string, lastSyncTime: number, signal: AbortSignal): Promise<Answer<EventSummary>>;
  /** Closes all connections; calls in flight fail. */
  close(): Promise<void>;
}

/** A client for the controllers of one namespace: one kept-alive connection to each. */
export function createDroveClient(options: {
  readonly namespace: NamespaceConfig;
  readonly settings: ClientSettings;
  readonly clock: Clock;
}): DroveClient {
  const { namespace, settings, clock } = options;
  const connections = createConnections(namespace, settings);
  const limits = { timeoutSec: settings.api_timeout, responseMb: settings.max_response_mb };
  const redact = redactor(namespace);
  const readList = createListReader();

  async function get<T>(
    { endpoint, path, signal }: { endpoint: string; path: string; signal: AbortSignal },
    read: (body: Buffer, call: Call) => T,
  ): Promise<Answer<T>> {
    const call: Call = { namespace: namespace.name, endpoint, path, limits, redact };
    try {
      return await withDeadline({ clock, signal, ms: settings.api_timeout * 1000 }, async (deadline) => {
        const request = { ...target(endpoint, path), headers: headers(namespace) };
        return readAnswer(await connections.request(request, deadline), call, read);
      });
    } catch (error) {
      connections.failed(error);
      throw callError(error, call);
    }
  }

  return {
    ping: (endpoint, signal) => get({ endpoint, path: "/apis/v1/ping", signal }, readPing),
    endpoints: (endpoint, signal) =>
      get({ endpoint, path: "/apis/v1/endpoints", signal }, (body) => readList(body.toString())),
    eventSummary: (endpoint, lastSyncTime, signal) =>
      get({ endpoint, path: `/apis/v1/cluster/events/summary?lastSyncTime=${lastSyncTime}`, signal }, (body) =>
        readEventSummary(body.toString()),
      ),
    close: () => connections.close(),
  };
}

function readAnswer<T>(
  { status, headers, body }: Exchange,
  call: Call,
  read: (body: Buffer, call: Call) => T,
): Answer<T> {
  if (status === 200) return { from: "leader", value: read(body, call) };
  if (status === 400) return { from: "standby", message: call.redact(readRefusal(body.toString())) };
  throw statusError(status, String(headers["location"] ?? ""), call);
}

function readPing(body: Buffer): "pong" {
  readPong(body.toString());
  return "pong";
}

function target(endpoint: string, path: string): { readonly origin: string; readonly path: string } {
  const { origin, pathname } = new URL(endpoint);
  return { origin, path: pathname.replace(/\/+$/, "") + path };
}

function headers(namespace: NamespaceConfig): Record<string, string> {
  const value = authorization(namespace);
  const fixed = { accept: "application/json", "user-agent": "drove-gateway" };
  return value === undefined ? fixed : { ...fixed, authorization: value };
}

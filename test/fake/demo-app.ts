/*
 * A small app on a real socket, as an instance in a Drove cluster would be. It says who it is in every answer:
 *
 *   const app = await startApp({ appId: "shop-1.0.0", version: "1.0.0", instance: "a" });
 *   cluster.apps.addInstance("shop-1.0.0", app.endpoint);
 *   await app.drain();      // takes no new connection, finishes what it has
 *   await app.stop();       // cuts everything
 *
 * Paths: see demo-app-routes.ts. WebSockets are accepted on every path and echo.
 */
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { createServer as createTlsServer } from "node:https";
import type { KeyPair } from "./certificates.ts";
import { answerRoute } from "./demo-app-routes.ts";
import type { ExposedHost } from "./exposed-app.ts";
import { type Listening, listen } from "./listening.ts";
import { acceptUpgrade } from "./websocket-echo.ts";

export interface AppOptions {
  readonly appId: string;
  /** Default: what follows the last dash of the appId. */
  readonly version?: string;
  /** Default: the port. */
  readonly instance?: string;
  /** `h2c` is HTTP/2 without TLS, as gRPC apps speak it. Default `https` with `tls`, else `http`. */
  readonly protocol?: "http" | "https" | "h2c";
  readonly tls?: KeyPair;
  /** Address to listen on, default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
}

/** Who an app says it is. */
export interface AppIdentity {
  readonly appId: string;
  readonly version: string;
  readonly instance: string;
}

export interface DemoApp extends AppIdentity {
  readonly url: string;
  /** For `addInstance` of a cluster. */
  readonly endpoint: ExposedHost;
  /** Requests and upgrades that came so far. */
  requests(): number;
  /** Requests without a whole answer yet. */
  inFlight(): number;
  /** Takes no new connection, says so in its answers, ends when the last is out; cuts what is left at the deadline. */
  drain(options?: { readonly deadlineMs?: number }): Promise<"finished" | "cut">;
  /** Gone at once, as if killed. */
  stop(): Promise<void>;
}

/** Starts an instance. Stop it, or the process stays alive. */
export async function startApp(options: AppOptions): Promise<DemoApp> {
  const { host = "127.0.0.1", port = 0, protocol = options.tls === undefined ? "http" : "https" } = options;
  const counts: AppCounts = { requests: 0, inFlight: 0, draining: false };
  const who = { appId: options.appId, version: options.version ?? versionOf(options.appId), instance: "" };
  const server = serverOf({ protocol, tls: options.tls, listener: listenerOf(who, counts) });
  // Longer than a proxy keeps its idle connections: whoever waits longer never loses a request to a closing one.
  server.keepAliveTimeout = 120_000;
  server.on("upgrade", (request, socket, head) => {
    counts.requests += 1;
    acceptUpgrade({ request, socket, head, headers: identityHeaders(who) });
  });
  const listening = await listen(server, { host, port });
  who.instance = options.instance ?? String(listening.port);
  return {
    ...who,
    url: `${protocol === "https" ? "https" : "http"}://${host}:${listening.port}`,
    endpoint: { host, port: listening.port, portType: protocol === "https" ? "HTTPS" : "HTTP" },
    requests: () => counts.requests,
    inFlight: () => counts.inFlight,
    stop: listening.stop,
    drain({ deadlineMs = 10_000 } = {}) {
      counts.draining = true;
      return drainUntil(listening, deadlineMs);
    },
  };
}

interface AppCounts {
  requests: number;
  inFlight: number;
  draining: boolean;
}

type AppServer = ReturnType<typeof createServer>;

function serverOf({ protocol, tls, listener }: ServerParts): AppServer {
  if (protocol === "https") return createTlsServer(tls ?? {}, listener);
  // The compatibility layer of node:http2 calls the same listener with objects of the same shape.
  return protocol === "h2c" ? (createHttp2Server(listener as never) as unknown as AppServer) : createServer(listener);
}

interface ServerParts {
  readonly protocol: "http" | "https" | "h2c";
  readonly tls: KeyPair | undefined;
  readonly listener: RequestListener;
}

function listenerOf(who: AppIdentity, counts: AppCounts): RequestListener {
  return (request, response) => {
    counts.requests += 1;
    counts.inFlight += 1;
    response.once("close", () => {
      counts.inFlight -= 1;
    });
    for (const [name, value] of Object.entries(identityHeaders(who))) response.setHeader(name, value);
    if ("shouldKeepAlive" in response) closeWhenDraining(response, counts);
    void answerRoute(request, response, who);
  };
}

/** While the app drains, an answer tells the proxy not to use its connection again, and the connection ends with it. */
function closeWhenDraining(response: ServerResponse, counts: AppCounts): void {
  const { writeHead, socket } = response;
  response.writeHead = ((...args: Parameters<typeof writeHead>) => {
    if (counts.draining) response.setHeader("connection", "close");
    return writeHead.apply(response, args);
  }) as typeof writeHead;
  response.once("finish", () => {
    if (counts.draining) socket?.end();
  });
}

function identityHeaders({ appId, version, instance }: AppIdentity): Readonly<Record<string, string>> {
  return { "x-app-id": appId, "x-app-version": version, "x-instance-id": instance };
}

async function drainUntil(listening: Listening, deadlineMs: number): Promise<"finished" | "cut"> {
  const late = AbortSignal.timeout(deadlineMs);
  late.addEventListener("abort", listening.cutConnections);
  await listening.drain();
  late.removeEventListener("abort", listening.cutConnections);
  return late.aborted ? "cut" : "finished";
}

function versionOf(appId: string): string {
  return appId.slice(appId.lastIndexOf("-") + 1);
}

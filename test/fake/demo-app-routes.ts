import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { systemClock } from "../../agent/clock.ts";
import type { AppIdentity } from "./demo-app.ts";

const clock = systemClock();

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly who: AppIdentity;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

type Route = (exchange: Exchange) => Promise<void> | void;

/** Every path that is not here is answered with who the app is. */
const routes: Readonly<Record<string, Route>> = {
  /** `?ms=N`: answers after N ms. */
  async "/slow"({ response, query, who, signal }) {
    await clock.sleep(numberOf(query, "ms", 1000), signal);
    sendJson(response, 200, who);
  },
  /** The request's headers as JSON. */
  "/headers"({ request, response }) {
    sendJson(response, 200, request.headers);
  },
  /** The body as it came. gRPC calls get their trailer. */
  async "/echo"({ request, response }) {
    const type = request.headers["content-type"] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type });
    for await (const chunk of request) response.write(chunk);
    if (type.startsWith("application/grpc")) response.addTrailers({ "grpc-status": "0" });
    response.end();
  },
  /** `?chunks=N&ms=M`: N lines, M ms apart. */
  async "/stream"({ response, query, who, signal }) {
    response.writeHead(200, { "content-type": "text/plain" });
    const everyMs = numberOf(query, "ms", 10);
    await pipeline(lines(numberOf(query, "chunks", 10), { everyMs, who, signal }), response);
  },
  /** `?code=N`: that status. */
  "/status"({ response, query, who }) {
    sendJson(response, numberOf(query, "code", 200), who);
  },
  /** Cuts the connection without an answer. */
  "/crash"({ request }) {
    request.socket.destroy();
  },
};

/** Answers one request; a client that goes away early is no error. */
export async function answerRoute(request: IncomingMessage, response: ServerResponse, who: AppIdentity): Promise<void> {
  const [path = "", query] = (request.url ?? "/").split("?");
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const route = routes[path] ?? identify;
  try {
    await route({ request, response, query: new URLSearchParams(query), who, signal: gone.signal });
  } catch (error) {
    if (!gone.signal.aborted) response.destroy(error instanceof Error ? error : undefined);
  }
}

function identify({ request, response, who }: Exchange): void {
  sendJson(response, 200, { ...who, path: request.url });
}

async function* lines(
  count: number,
  { everyMs, who, signal }: { readonly everyMs: number; readonly who: AppIdentity; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  for (let number = 1; number <= count; number++) {
    yield `${who.instance} ${number}\n`;
    await clock.sleep(everyMs, signal);
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { "content-type": "application/json", "content-length": text.length });
  response.end(text);
}

function numberOf(query: URLSearchParams, name: string, fallback: number): number {
  const value = Number(query.get(name) ?? fallback);
  return Number.isFinite(value) ? value : fallback;
}

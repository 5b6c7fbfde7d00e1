import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { Socket } from "node:net";
import { errorFacts, type Logger } from "../log.ts";
import { type ApiSources, answer, type Reply, text } from "./api.ts";
import { type ApiLimits, defaultLimits } from "./api-limits.ts";
import { discardBody } from "./discard-body.ts";
import { type ListenAddress, listen } from "./listen.ts";

/** The running HTTP API. */
export interface Api {
  /** Where it really listens; of use when port 0 was asked for. */
  readonly address: ListenAddress;
  readonly url: string;
  /** Reads certificate and key again, from the paths now in force; on failure throws, and the old ones stay. */
  reloadTls(signal: AbortSignal): Promise<void>;
  /** Takes no new connection, lets answers in flight end within a bound, then cuts what is left. */
  close(): Promise<void>;
}

interface Context extends ApiSources {
  readonly logger: Logger;
  readonly limits: ApiLimits;
  readonly stopping: AbortController;
  readonly sockets: Set<Socket>;
  /** Requests that are being answered; none of these promises rejects. */
  readonly answering: Set<Promise<void>>;
}

/**
 * Opens the API where the configuration says. `address`, `port` and `port_use_tls` are read once, here; `api_token` and
 * the paths of the TLS files follow the configuration. Throws an AgentError if the files or the port cannot be used.
 */
export async function startApi(
  options: ApiSources & {
    readonly logger: Logger;
    readonly signal: AbortSignal;
    readonly limits?: Partial<ApiLimits>;
  },
): Promise<Api> {
  const limits = { ...defaultLimits, ...options.limits };
  const context: Context = {
    ...options,
    limits,
    stopping: new AbortController(),
    sockets: new Set(),
    answering: new Set(),
  };
  const { address, port, port_use_tls } = options.config();
  const tls = port_use_tls ? await createTls(context, options.signal) : undefined;
  const server = tls ?? createServer(httpOptions(limits));
  attach(server, context);
  const bound = await listen(server, { address, port, withinMs: limits.listenMs });
  server.on("error", (error) => options.logger.warn("the API's listener failed", errorFacts(error)));
  return {
    address: bound,
    url: `${tls === undefined ? "http" : "https"}://${bound.host}:${bound.port}`,
    async reloadTls(signal) {
      if (tls === undefined) return;
      const { readTlsFiles } = await import("./tls-files.ts");
      tls.setSecureContext(await readTlsFiles(options.config(), signal));
    },
    close: () => close(server, context),
  };
}

function httpOptions(limits: ApiLimits) {
  return {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    // How often Node looks at the two timeouts above; its default of 30 s would let a slow client stay that long.
    connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
  };
}

/** TLS is loaded only for those who use it: it takes a good part of Node's start. */
async function createTls(context: Context, signal: AbortSignal): Promise<TlsServer> {
  const { readTlsFiles } = await import("./tls-files.ts");
  const { createServer: createTlsServer } = await import("node:https");
  const material = await readTlsFiles(context.config(), signal);
  return createTlsServer({
    ...httpOptions(context.limits),
    ...material,
    handshakeTimeout: context.limits.headersMs,
  });
}

function attach(server: Server | TlsServer, context: Context): void {
  server.maxConnections = context.limits.connections;
  server.on("connection", (socket: Socket) => {
    context.sockets.add(socket);
    socket.once("close", () => context.sockets.delete(socket));
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const answered = serve(request, response, context);
    context.answering.add(answered);
    void answered.then(() => context.answering.delete(answered));
  });
}

/** Resolves when the answer has gone out or the client has left. */
async function serve(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  // A client that leaves while it is answered is no event.
  response.on("error", () => undefined);
  void respond(request, response, context);
  // A client may send and read as slowly as it likes, but not for as long as it likes.
  await context.clock.sleep(context.limits.answerMs, gone.signal);
  if (!gone.signal.aborted) response.destroy();
}

async function respond(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const body = await discardBody(request, context.limits.bodyBytes);
  const reply =
    body === "too-large"
      ? text(413, "the body is too large; none is needed", { Connection: "close" })
      : await safeAnswer(request, context);
  if (!response.destroyed) response.writeHead(reply.status, headersOf(reply, context)).end(reply.body);
}

async function safeAnswer(request: IncomingMessage, context: Context): Promise<Reply> {
  const { method = "GET", url = "", headers } = request;
  const path = url.replace(/\?.*$/s, "");
  const query = new URLSearchParams(url.slice(path.length));
  const { authorization, origin } = headers;
  try {
    return await answer({ method, path, query, authorization, origin }, context);
  } catch (error) {
    context.logger.error("the API failed to answer", errorFacts(error));
    return text(500, "internal error");
  }
}

function headersOf(reply: Reply, { stopping }: Context): Record<string, string | number> {
  return {
    ...reply.headers,
    "Content-Length": Buffer.byteLength(reply.body),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...(stopping.signal.aborted ? { Connection: "close" } : {}),
  };
}

async function close(server: Server | TlsServer, context: Context): Promise<void> {
  context.stopping.abort();
  // Ends idle connections as well.
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const done = new AbortController();
  void Promise.all(context.answering).then(() => done.abort());
  await context.clock.sleep(context.limits.closeMs, done.signal);
  for (const socket of context.sockets) socket.destroy();
  await closed;
}

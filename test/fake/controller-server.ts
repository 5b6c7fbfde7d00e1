import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import { type Answer, answerTo, type ControllerView, callOf } from "./answer.ts";
import { checkAuthorization } from "./authorization.ts";
import type { KeyPair } from "./certificates.ts";
import { deliver } from "./deliver.ts";
import { distort, type Fault } from "./faults.ts";
import { type Listening, listen } from "./listening.ts";
import type { RequestLog } from "./request-log.ts";

/** The socket side of one controller. */
export interface ControllerServer extends Listening {
  readonly url: string;
  /** Shows another certificate from now on; connections made before are cut. */
  present(pair: KeyPair): void;
}

export interface ControllerServerOptions {
  readonly index: number;
  readonly host: string;
  readonly port: number;
  /** HTTPS with this certificate; undefined = HTTP. */
  readonly tls: KeyPair | undefined;
  readonly view: ControllerView;
  readonly log: RequestLog;
  /** Called once per request: a fault with a limited number of times counts it. */
  readonly nextFault: (target: string) => Fault | undefined;
}

/** Starts one controller. */
export async function startControllerServer(options: ControllerServerOptions): Promise<ControllerServer> {
  const { host, port, tls } = options;
  const listener = listenerOf(options);
  const secure = tls === undefined ? undefined : createTlsServer(tls, listener);
  const server: Server = secure ?? createServer(listener);
  // Drove's web server keeps an idle connection for 30 s.
  server.keepAliveTimeout = 30_000;
  const listening = await listen(server, { host, port });
  const urlHost = host.includes(":") ? `[${host}]` : host;
  return {
    ...listening,
    url: `${secure === undefined ? "http" : "https"}://${urlHost}:${listening.port}`,
    present(pair) {
      if (secure === undefined) throw new Error("this cluster speaks HTTP: start it with tls");
      secure.setSecureContext(pair);
      listening.cutConnections();
    },
  };
}

function listenerOf({ index, view, log, nextFault }: ControllerServerOptions): RequestListener {
  const connectionOf = connectionNumbers();
  return (request, response) => {
    const target = request.url ?? "/";
    const { authorization } = request.headers;
    const fault = nextFault(target);
    const note = log.open({
      ...describe(request),
      controller: index,
      connection: connectionOf(request.socket),
      authorization: checkAuthorization(authorization, view.credentials),
      fault: fault?.kind,
    });
    const answer = answerTo({ method: request.method ?? "GET", target, authorization }, view);
    send(response, { answer, fault, note });
  };
}

interface Sending {
  readonly answer: Answer;
  readonly fault: Fault | undefined;
  readonly note: (status: number) => void;
}

function send(response: ServerResponse, { answer, fault, note }: Sending): void {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  response.once("finish", () => note(response.statusCode));
  // The client may go at any moment; what cannot be sent then is not an error of the server.
  response.on("error", () => undefined);
  void deliver(response, distort(answer, fault), gone.signal);
}

function connectionNumbers(): (socket: Socket) => number {
  const numbers = new WeakMap<Socket, number>();
  const state = { last: 0 };
  return (socket) => {
    const number = numbers.get(socket) ?? ++state.last;
    numbers.set(socket, number);
    return number;
  };
}

function describe(request: IncomingMessage) {
  const [path = "", query] = (request.url ?? "/").split("?");
  const { authorization, cookie: _cookie, ...headers } = request.headers;
  return {
    call: callOf(request.url ?? "/"),
    method: request.method ?? "GET",
    path,
    query: Object.fromEntries(new URLSearchParams(query)),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    credentials: authorization === undefined ? "none" : /^basic /i.test(authorization) ? "basic" : "other",
  } as const;
}

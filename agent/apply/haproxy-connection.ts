import { connect, type NetConnectOpts } from "node:net";
import { systemClock } from "../clock.ts";
import { DeadlineError, withDeadline } from "../deadline.ts";
import { AgentError, messageOf } from "../errors.ts";

/** Who is asked, and which key of the configuration says so. */
export interface Peer {
  /** As it stands in the configuration. */
  readonly address: string;
  readonly key: "haproxysocketaddr" | "haproxy_master_socket";
}

/** One question. `halfClose`: the other side is told that nothing follows, and closes in turn. */
export interface Question {
  readonly text: string;
  readonly halfClose: boolean;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** What is made of the answer, piece by piece; both throw an AgentError if it is none. */
export interface Reader<T> {
  /** Returns what was asked for as soon as it is complete. */
  take(chunk: string): T | undefined;
  /** The other side has closed. */
  end(): T;
}

/** The largest answer there may be: 10,000 servers in `show servers state` are 1 MB. */
const largestAnswer = 64 * 1024 * 1024;

/** Asks over a connection of its own: one that is kept would go on talking to the old worker after a reload. */
export async function ask<T>(peer: Peer, question: Question, reader: Reader<T>): Promise<T> {
  const { signal, timeoutMs } = question;
  try {
    return await withDeadline({ clock: systemClock(), signal, ms: timeoutMs }, (scope) =>
      converse(peer, { ...question, signal: scope }, reader),
    );
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    const remedy = "does it hang, or have others all the connections that its stats maxconn allows?";
    throw apiFailure(peer, `did not answer within ${timeoutMs / 1000} s; ${remedy}`);
  }
}

function converse<T>(peer: Peer, { text, halfClose, signal }: Question, reader: Reader<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const socket = connect(targetOf(peer));
  const seen = { size: 0, connected: false };
  const stop = () => socket.destroy();
  const settle = (read: () => T | undefined) => {
    try {
      const value = read();
      if (value === undefined) return;
      resolve(value);
    } catch (error) {
      reject(error);
    }
    socket.destroy();
  };
  signal.addEventListener("abort", stop, { once: true });
  socket.setEncoding("utf8");
  socket.on("connect", () => {
    seen.connected = true;
    if (halfClose) socket.end(text);
    else socket.write(text);
  });
  socket.on("data", (chunk: string) => {
    seen.size += chunk.length;
    if (seen.size > largestAnswer) {
      reject(apiFailure(peer, `answers with more than ${largestAnswer / 1024 / 1024} MiB`));
      socket.destroy();
    } else settle(() => reader.take(chunk));
  });
  socket.on("end", () => settle(() => reader.end()));
  socket.on("error", (cause) => reject(connectionFailure(peer, cause, seen)));
  socket.on("close", () => {
    signal.removeEventListener("abort", stop);
    reject(signal.reason);
  });
  return promise;
}

/** A failure of the API, with the address in the text and among the facts. */
export function apiFailure(peer: Peer, what: string, cause?: unknown): AgentError {
  return new AgentError("proxy-api-failed", `HAProxy at ${peer.address} ${what}`, {
    cause,
    facts: { address: peer.address },
  });
}

function connectionFailure(peer: Peer, cause: Error, { connected }: { readonly connected: boolean }): AgentError {
  if (connected) return apiFailure(peer, `broke off the connection: ${messageOf(cause)}; has it just ended?`, cause);
  const code = "code" in cause ? String(cause.code) : "";
  const why = code === "" ? messageOf(cause) : code;
  return apiFailure(peer, `cannot be reached: ${why}${adviceFor(code, peer)}`, cause);
}

function adviceFor(code: string, { address, key }: Peer): string {
  const path = address.replace(/^unix@/, "");
  const option = key === "haproxysocketaddr" ? `"stats socket ${path} level admin"` : `the option "-S ${path}"`;
  if (code === "ENOENT") return `; there is no such socket: start HAProxy with ${option}, or correct ${key}`;
  if (code === "EACCES" || code === "EPERM") {
    const how = key === "haproxysocketaddr" ? '"mode 660 group GROUP" on that line' : '",mode,660,gid,GID" behind it';
    return `; give the agent's user access to the socket (${how} of HAProxy)`;
  }
  if (code === "ECONNREFUSED") return `; nobody listens there: start HAProxy, or correct ${key}`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `; its name does not resolve: correct ${key}`;
  return "";
}

/** `/path`, `unix@/path`, `host:port`, `[v6]:port`, with `ipv4@` or `ipv6@` in front if need be, as HAProxy reads them. */
function targetOf({ address, key }: Peer): NetConnectOpts {
  if (/^(unix@|\.{0,2}\/)/.test(address)) return { path: address.replace(/^unix@/, "") };
  const parts = /^(?:ipv(?<family>[46])@)?(?:\[(?<v6>.*)\]|(?<bare>.*)):(?<port>\d{1,5})$/.exec(address)?.groups;
  const { family, v6, bare, port } = parts ?? {};
  const host = v6 ?? bare ?? "";
  if (host === "") throw new AgentError("proxy-api-failed", `"${address}" is no address of a socket; correct ${key}`);
  return { host, port: Number(port), ...(family !== undefined && { family: Number(family) }) };
}

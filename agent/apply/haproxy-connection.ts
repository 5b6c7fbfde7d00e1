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

/** How long a conversation may take, and what ends it before. */
export interface Bounds {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Told of what the other side says, piece by piece. Both throw an AgentError if it is not what was asked for. */
export interface Listener {
  take(chunk: string): void;
  /** The other side has closed. */
  end(): void;
}

/** What is said to the other side. */
export interface Speaker {
  write(text: string): void;
  /** The other side is told that nothing follows, and closes in turn. */
  writeLast(text: string): void;
}

/** The largest answer there may be: 10,000 servers in `show servers state` are 1 MB. */
const largestAnswer = 64 * 1024 * 1024;

/**
 * Talks over a connection of its own for as long as `work` takes: one that is kept would go on talking to the old worker
 * after a reload. Rejects as soon as the connection fails, or the listener throws.
 */
export async function converse<T>(
  peer: Peer,
  { signal, timeoutMs, listener }: Bounds & { readonly listener: Listener },
  work: (speaker: Speaker) => Promise<T>,
): Promise<T> {
  try {
    return await withDeadline({ clock: systemClock(), signal, ms: timeoutMs }, (scope) =>
      talk(peer, { signal: scope, listener }, work),
    );
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    const remedy = "does it hang, or have others all the connections that its stats maxconn allows?";
    throw apiFailure(peer, `did not answer within ${timeoutMs / 1000} s; ${remedy}`);
  }
}

function talk<T>(
  peer: Peer,
  { signal, listener }: { readonly signal: AbortSignal; readonly listener: Listener },
  work: (speaker: Speaker) => Promise<T>,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const socket = connect(targetOf(peer));
  const seen = { size: 0, connected: false };
  const stop = () => socket.destroy();
  const fail = (error: unknown) => {
    reject(error);
    stop();
  };
  const tell = (say: () => void) => {
    try {
      say();
    } catch (error) {
      fail(error);
    }
  };
  signal.addEventListener("abort", stop, { once: true });
  socket.setEncoding("utf8");
  socket.on("connect", () => {
    seen.connected = true;
    const speaker = {
      write: (text: string) => void socket.write(text),
      writeLast: (text: string) => void socket.end(text),
    };
    void work(speaker).then(resolve, reject).finally(stop);
  });
  socket.on("data", (chunk: string) => {
    seen.size += chunk.length;
    if (seen.size > largestAnswer) fail(apiFailure(peer, `answers with more than ${largestAnswer / 1024 / 1024} MiB`));
    else tell(() => listener.take(chunk));
  });
  socket.on("end", () => tell(() => listener.end()));
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

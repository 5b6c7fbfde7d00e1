import { once } from "node:events";
import type { Server } from "node:net";
import { withoutBrackets } from "../address.ts";
import { AgentError, messageOf } from "../errors.ts";
import { placeToListen } from "../place-to-listen.ts";

/** Where the API listens, as it can be written in a URL. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** What the system's error codes mean to an operator. */
const reasons: ReadonlyMap<unknown, string> = new Map([
  ["EADDRINUSE", "another process has this port"],
  ["EADDRNOTAVAIL", "this machine does not have this address"],
  ["EACCES", "this user may not open this port"],
  ["ENOTFOUND", "the address does not resolve"],
  ["EAI_AGAIN", "the address does not resolve"],
  ["ABORT_ERR", "the address took too long to resolve"],
]);

/** Opens the port, or throws an AgentError that names address, port and their keys. An empty address means all. */
export async function listen(
  server: Server,
  wanted: { readonly address: string; readonly port: number; readonly withinMs: number },
): Promise<ListenAddress> {
  const host = withoutBrackets(wanted.address.trim());
  try {
    const place = placeToListen({ host, port: wanted.port });
    const listening = once(server, "listening", { signal: AbortSignal.timeout(wanted.withinMs) });
    server.listen(place);
    await listening;
  } catch (cause) {
    server.close();
    throw listenError(cause, wanted);
  }
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("a TCP server has a TCP address");
  return { host: bound.family === "IPv6" ? `[${bound.address}]` : bound.address, port: bound.port };
}

function listenError(cause: unknown, { address, port }: { readonly address: string; readonly port: number }) {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const reason = reasons.get(code) ?? messageOf(cause);
  const message = `the API cannot listen on address "${address}" port ${port}: ${reason}; set the keys address and port`;
  return new AgentError("listen-failed", message, { cause, facts: { address, port } });
}

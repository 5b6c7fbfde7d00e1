import { readFile } from "node:fs/promises";
import { Agent } from "undici";
import { inBrackets, withoutBrackets } from "../address.ts";
import type { Config } from "../config/schema.ts";
import { AgentError, messageOf } from "../errors.ts";
import { exchange } from "../exchange.ts";

/** The address at which this machine reaches the API of the agent that runs with this configuration. */
export function apiOrigin(config: Config): string {
  const bound = withoutBrackets(config.address.trim());
  const host = ["0.0.0.0", "::", ""].includes(bound) ? "127.0.0.1" : bound;
  const scheme = config.port_use_tls ? "https" : "http";
  return `${scheme}://${inBrackets(host)}:${config.port}`;
}

/** One question to the running agent. */
export interface Question {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
}

/** The longest that an answer may take, in ms: less than the API itself allows for one. */
const longestMs = 30_000;

/**
 * Asks the running agent, with its token; the JSON it answered. Throws an AgentError that says what to do if it does
 * not run, or says no.
 */
export async function askGateway<T>(config: Config, { method, path, query = {} }: Question): Promise<T> {
  const origin = apiOrigin(config);
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, value);
  const headers = config.api_token.isSet ? { authorization: `Bearer ${latin1(config.api_token.reveal())}` } : {};
  const dispatcher = new Agent({ connect: config.port_use_tls ? await ownCertificate(config) : {} });
  const signal = AbortSignal.timeout(longestMs);
  try {
    const target = { origin, path: search.size === 0 ? path : `${path}?${search}`, method, headers };
    const { status, body } = await exchange(dispatcher, target, signal);
    const text = body.toString().trim();
    if (status === 200) return JSON.parse(text) as T;
    throw refusal(status, text);
  } catch (error) {
    if (error instanceof AgentError) throw error;
    const advice = "is it running, and are address and port those of the configuration it runs with (-f FILE)?";
    const message = `the gateway does not answer at ${origin}: ${messageOf(error)}; ${advice}`;
    throw new AgentError("gateway-unreachable", message, { cause: error });
  } finally {
    await dispatcher.close();
  }
}

function refusal(status: number, text: string): AgentError {
  const advice = status === 404 ? "; is it an older version?" : "";
  return new AgentError("gateway-refused", `the gateway answers: ${text}${advice}`);
}

/** Headers are sent as latin1; the bytes of the token are what counts. */
function latin1(token: string): string {
  return Buffer.from(token).toString("latin1");
}

/** The token goes to whoever has the agent's own certificate, whichever name that is for. */
async function ownCertificate({ port_tls_certfile: path }: Config) {
  const ca = await readFile(path).catch((cause: unknown) => {
    throw new AgentError("config-unreadable", `port_tls_certfile ${path} cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  });
  return { ca, allowPartialTrustChain: true, checkServerIdentity: () => undefined };
}

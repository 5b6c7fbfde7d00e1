import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { Agent, type Dispatcher } from "undici";
import type { Config, NamespaceConfig } from "../config/schema.ts";
import { AgentError, messageOf } from "../errors.ts";
import { type Exchange, exchange } from "../exchange.ts";

/** The keys of the configuration that calls depend on. */
export type ClientSettings = Readonly<Pick<Config, "api_timeout" | "max_response_mb" | "event_refresh_interval_sec">>;

/** One kept-alive connection to each controller of a namespace. */
export interface Connections {
  request(options: Omit<Dispatcher.DispatchOptions, "method">, signal: AbortSignal): Promise<Exchange>;
  /** Tells that a call failed: after an error of trust `tls_ca_file` is read again, so that a renewed one is picked up. */
  failed(error: unknown): void;
  close(): Promise<void>;
}

/** Opens nothing and reads nothing yet: a `tls_ca_file` that is missing fails the first call, not the start. */
export function createConnections(namespace: NamespaceConfig, settings: ClientSettings): Connections {
  const state: { agent: Promise<Agent> | undefined; answered: boolean } = { agent: undefined, answered: false };

  function open(): Promise<Agent> {
    const opening = createAgent(namespace, settings);
    state.agent = opening;
    opening.catch(() => {
      if (state.agent === opening) state.agent = undefined;
    });
    return opening;
  }

  async function drop(how: "close" | "destroy"): Promise<void> {
    const dropped = state.agent;
    state.agent = undefined;
    const agent = await dropped?.catch(() => undefined);
    await agent?.[how]();
  }

  return {
    async request(options, signal) {
      const agent = await (state.agent ?? open());
      const ask = () => exchange(agent, { ...options, method: "GET" }, signal);
      if (state.answered) return await ask();
      const answer = await withSmallParser(ask);
      state.answered = true;
      return answer;
    },
    failed(error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      // Calls to other controllers may be under way: these may end.
      if (namespace.tls_ca_file !== "" && /CERT|UNABLE_TO_/.test(code)) void drop("close");
    },
    close: () => drop("destroy"),
  };
}

/**
 * Has undici's HTTP parser, which is WebAssembly and compiled at the first answer, compiled as code that V8 never
 * optimizes; the filter names a function that is none of its own. V8 would do so after some answers, and takes 130 ms of
 * a core and up to 40 MB for one large function: more than the agent needs for anything else at a start, and nothing that
 * heads of some hundred bytes are worth. Not for longer: V8 uses nothing that it compiled earlier, Node's own modules
 * included, under another flag. So what Node loads for those who begin to listen meanwhile is loaded before: compiled
 * anew, it takes 8 ms of a start.
 */
async function withSmallParser<T>(firstAnswer: () => Promise<T>): Promise<T> {
  await Promise.all([import("node:cluster"), import("node:dgram")]);
  setFlagsFromString("--wasm-tier-up-filter=0");
  try {
    return await firstAnswer();
  } finally {
    setFlagsFromString("--wasm-tier-up-filter=-1");
  }
}

async function createAgent(namespace: NamespaceConfig, settings: ClientSettings): Promise<Agent> {
  const ca = namespace.tls_ca_file === "" ? {} : { ca: await readAuthority(namespace) };
  return new Agent({
    connections: 1,
    allowH2: false,
    maxResponseSize: settings.max_response_mb * 2 ** 20,
    // The whole call has one deadline of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: keepAliveMs(settings.event_refresh_interval_sec),
    connect: {
      ...ca,
      rejectUnauthorized: !namespace.tls_insecure_skip_verify,
      // Node's own floor, but not for the environment to lower.
      minVersion: "TLSv1.2",
      timeout: settings.api_timeout * 1000,
    },
  });
}

/** Long enough to last from poll to poll, but shorter than the 30 s after which Drove's server closes idle connections. */
function keepAliveMs(intervalSec: number): number {
  return Math.min(28_000, 4000 + 1500 * intervalSec);
}

async function readAuthority({ name, tls_ca_file }: NamespaceConfig): Promise<Buffer> {
  const about = `tls_ca_file of namespace ${name}: ${tls_ca_file}`;
  const pem = await readFile(tls_ca_file).catch((error: unknown) => {
    throw new AgentError("config-unreadable", `${about} cannot be read: ${messageOf(error)}`);
  });
  if (!isCertificate(pem)) throw new AgentError("config-invalid", `${about} holds no certificate in PEM form`);
  return pem;
}

function isCertificate(pem: Buffer): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Agent, type AgentOptions } from "node:http";
import type { Config, NamespaceConfig } from "../config/schema.ts";
import { AgentError, messageOf } from "../errors.ts";
import { type HttpAnswer, type HttpGetOptions, httpGet } from "../http-get.ts";

/** The keys of the configuration that calls depend on. */
export type ClientSettings = Readonly<Pick<Config, "api_timeout" | "max_response_mb" | "event_refresh_interval_sec">>;

/** One kept-alive connection to each controller of a namespace. */
export interface Connections {
  get(url: string, options: Pick<HttpGetOptions, "headers" | "signal">): Promise<HttpAnswer>;
  /** Tells that a call failed: after an error of trust `tls_ca_file` is read again, so that a renewed one is picked up. */
  failed(error: unknown): void;
  /** Calls in flight fail. */
  close(): void;
}

/** Opens nothing and reads nothing yet: a `tls_ca_file` that is missing fails the first call, not the start. */
export function createConnections(namespace: NamespaceConfig, settings: ClientSettings): Connections {
  const keeping = {
    keepAlive: true,
    maxSockets: 1,
    timeout: keepAliveMs(settings.event_refresh_interval_sec),
  };
  const plain = new Agent(keeping);
  const state: { secure: Promise<Agent> | undefined } = { secure: undefined };

  function openSecure(): Promise<Agent> {
    const opening = createSecureAgent(namespace, keeping);
    state.secure = opening;
    opening.catch(() => {
      if (state.secure === opening) state.secure = undefined;
    });
    return opening;
  }

  return {
    async get(url, options) {
      const agent = url.startsWith("https:") ? await (state.secure ?? openSecure()) : plain;
      return await httpGet(url, { ...options, agent, maxBytes: settings.max_response_mb * 2 ** 20 });
    },
    failed(error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      // Calls to other controllers may be under way: these may end. What they leave idle is closed in time.
      if (namespace.tls_ca_file !== "" && /CERT|UNABLE_TO_/.test(code)) state.secure = undefined;
    },
    close() {
      plain.destroy();
      void state.secure?.then((agent) => agent.destroy()).catch(() => undefined);
      state.secure = undefined;
    },
  };
}

/** TLS is loaded only for those who use it: it takes a good part of Node's start. */
async function createSecureAgent(namespace: NamespaceConfig, keeping: AgentOptions): Promise<Agent> {
  const ca = namespace.tls_ca_file === "" ? {} : { ca: await readAuthority(namespace) };
  const { Agent: SecureAgent } = await import("node:https");
  return new SecureAgent({ ...keeping, ...ca, rejectUnauthorized: !namespace.tls_insecure_skip_verify });
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

import { Agent } from "node:http";
import type { Config } from "../config/schema.ts";
import { httpGet } from "../http-get.ts";

/** Asks the running agent whether it is ready; the answer's text, and whether it was yes. */
export async function healthcheck(
  config: Config,
  signal: AbortSignal,
): Promise<{ readonly ok: boolean; readonly text: string }> {
  const host = ["0.0.0.0", "::", ""].includes(config.address) ? "127.0.0.1" : config.address;
  const scheme = config.port_use_tls ? "https" : "http";
  const url = `${scheme}://${host.includes(":") ? `[${host}]` : host}:${config.port}/v1/ready`;
  try {
    const agent = await agentFor(config);
    const { status, body } = await httpGet(url, { agent, headers: {}, maxBytes: 2 ** 20, signal });
    return { ok: status === 200, text: body.toString().trim() };
  } catch (error) {
    return { ok: false, text: `${url}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Our own address, and nothing secret is said: the certificate is for the names that others use. */
async function agentFor({ port_use_tls }: Config): Promise<Agent> {
  if (!port_use_tls) return new Agent();
  const { Agent: SecureAgent } = await import("node:https");
  return new SecureAgent({ rejectUnauthorized: false });
}

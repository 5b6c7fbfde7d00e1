import { Agent } from "undici";
import type { Config } from "../config/schema.ts";
import { exchange } from "../exchange.ts";
import { apiOrigin } from "./gateway-client.ts";

/** Asks the running agent whether it is ready; the answer's text, and whether it was yes. */
export async function healthcheck(
  config: Config,
  signal: AbortSignal,
): Promise<{ readonly ok: boolean; readonly text: string }> {
  const origin = apiOrigin(config);
  // Our own address, and nothing secret is said: the certificate is for the names that others use.
  const path = "/v1/ready";
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  try {
    const { status, body } = await exchange(dispatcher, { origin, path, method: "GET" }, signal);
    return { ok: status === 200, text: body.toString().trim() };
  } catch (error) {
    return { ok: false, text: `${origin}${path}: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    await dispatcher.close();
  }
}

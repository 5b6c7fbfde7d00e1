import { readFile } from "node:fs/promises";
import { within } from "../clock.ts";
import type { Config } from "../config/schema.ts";
import { AgentError, messageOf } from "../errors.ts";

/** What a TLS server needs. TLS below 1.2 is refused. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly minVersion: "TLSv1.2";
}

/** Reads and tries the API's certificate and key. Throws an AgentError that names key and path. */
export async function readTlsFiles(config: Config, signal: AbortSignal): Promise<TlsMaterial> {
  const [cert, key] = await within({ signal, ms: config.disk_io_timeout_sec * 1000 }, (late) =>
    Promise.all([
      readPem(config, { setting: "port_tls_certfile", signal: late }),
      readPem(config, { setting: "port_tls_keyfile", signal: late }),
    ]),
  );
  const material: TlsMaterial = { cert, key, minVersion: "TLSv1.2" };
  const { createSecureContext } = await import("node:tls");
  try {
    createSecureContext(material);
  } catch (cause) {
    const { port_tls_certfile, port_tls_keyfile } = config;
    const files = `port_tls_certfile ${port_tls_certfile} and port_tls_keyfile ${port_tls_keyfile}`;
    const message = `${files} cannot be used: ${messageOf(cause)}; they must be the PEM files of one certificate`;
    throw new AgentError("config-invalid", message, { cause, facts: { port_tls_certfile, port_tls_keyfile } });
  }
  return material;
}

async function readPem(
  config: Config,
  { setting, signal }: { readonly setting: "port_tls_certfile" | "port_tls_keyfile"; readonly signal: AbortSignal },
): Promise<Buffer> {
  const path = config[setting];
  if (path === "") throw new AgentError("config-invalid", `${setting} is not set, but port_use_tls is true`);
  try {
    return await readFile(path, { signal });
  } catch (cause) {
    const message = `${setting} ${path} cannot be read: ${messageOf(cause)}`;
    throw new AgentError("config-unreadable", message, { cause, facts: { path } });
  }
}

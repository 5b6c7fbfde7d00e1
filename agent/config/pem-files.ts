import { createPrivateKey, X509Certificate } from "node:crypto";
import { type KeyPath, type Layer, type Problem, problemLine, problemsError } from "./layer.ts";
import { readTextFile } from "./read-text-file.ts";
import type { Config } from "./schema.ts";

interface PemFile {
  readonly path: KeyPath;
  readonly file: string;
  readonly kind: "certificate" | "private key";
}

/** Refuses certificates and keys that cannot be used, before a connection or the API's listener meets them. */
export async function checkPemFiles(
  config: Config,
  options: { readonly layer: Layer; readonly signal: AbortSignal },
): Promise<void> {
  const reading = { signal: options.signal, timeoutMs: config.disk_io_timeout_sec * 1000 };
  const found = await Promise.all(pemFiles(config).map((pem) => checkPemFile(pem, reading)));
  const problems = found.flat();
  const lines = problems.map((problem) => problemLine(options.layer, problem));
  if (lines.length > 0) throw problemsError(lines, "config-unreadable");
}

function pemFiles(config: Config): readonly PemFile[] {
  const certificate = { path: ["port_tls_certfile"], file: config.port_tls_certfile, kind: "certificate" } as const;
  const key = { path: ["port_tls_keyfile"], file: config.port_tls_keyfile, kind: "private key" } as const;
  const authorities = config.namespaces.map((one, index) => {
    return { path: ["namespaces", index, "tls_ca_file"], file: one.tls_ca_file, kind: "certificate" } as const;
  });
  return [...(config.port_use_tls ? [certificate, key] : []), ...authorities.filter((one) => one.file !== "")];
}

async function checkPemFile(
  pem: PemFile,
  reading: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<readonly Problem[]> {
  const read = await readTextFile(pem.file, reading);
  const remedy = "mount the file there or correct the path";
  if (!read.ok) return [{ path: pem.path, what: `${pem.file} ${read.reason}`, remedy }];
  if (isPem(read.text, pem.kind)) return [];
  const form = pem.kind === "private key" ? "in PEM form without a passphrase" : "in PEM form";
  return [{ path: pem.path, what: `${pem.file} holds no ${pem.kind}`, remedy: `put one there, ${form}` }];
}

/** Whether OpenSSL can read it. Its own words are not passed on: they tell an operator nothing. */
function isPem(text: string, kind: PemFile["kind"]): boolean {
  try {
    if (kind === "private key") createPrivateKey(text);
    else new X509Certificate(text);
    return true;
  } catch {
    return false;
  }
}

import { isUtf8 } from "node:buffer";
import { readFile, stat } from "node:fs/promises";
import { within } from "../clock.ts";

/** The text of a file, or one clause that says why there is none (`does not exist`). */
export type FileText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string; readonly isMissing: boolean };

/** A larger file is none of ours. */
const maxBytes = 1024 * 1024;

/** Reads a small UTF-8 file within `timeoutMs`. Throws only when `signal` aborts. */
export async function readTextFile(
  path: string,
  options: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<FileText> {
  try {
    return await within({ signal: options.signal, ms: options.timeoutMs }, (signal) => read(path, signal));
  } catch (error) {
    options.signal.throwIfAborted();
    return { ok: false, reason: reasonOf(error), isMissing: codeOf(error) === "ENOENT" };
  }
}

async function read(path: string, signal: AbortSignal): Promise<FileText> {
  const info = await untilAborted(() => stat(path), signal);
  if (info.isDirectory()) return failed("is a directory (Docker makes one when the mounted file does not exist)");
  // Opening a pipe would wait for its writer, for ever.
  if (!info.isFile()) return failed("is not a regular file");
  if (info.size > maxBytes) return failed("is larger than 1 MiB");
  return textOf(await untilAborted(() => readFile(path, { signal }), signal));
}

function textOf(bytes: Buffer): FileText {
  const text = new TextDecoder().decode(bytes);
  if (isUtf8(bytes)) return { ok: true, text };
  const line = text.slice(0, text.indexOf("\uFFFD")).split("\n").length;
  return failed(`is not UTF-8 text (line ${line})`);
}

function failed(reason: string): FileText {
  return { ok: false, reason, isMissing: false };
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  ENOTDIR: "does not exist",
  EACCES: "cannot be read: permission denied",
  EPERM: "cannot be read: permission denied",
  ELOOP: "is a link that leads to itself",
};

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === "TimeoutError") return "could not be read in time";
  const code = codeOf(error);
  return reasons[code] ?? `cannot be read${code === "" ? "" : `: ${code}`}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** A file system that hangs keeps its thread, not us. */
async function untilAborted<T>(start: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([start(), promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

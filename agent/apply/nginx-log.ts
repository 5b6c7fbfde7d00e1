import { open, stat } from "node:fs/promises";

/** Where nginx's error log ended at some moment. */
export interface LogMark {
  readonly path: string;
  readonly size: number;
}

/** Remembers the end of the log, so that only what is written later is read. Undefined if there is no such file. */
export async function markLog(path: string | undefined): Promise<LogMark | undefined> {
  if (path === undefined) return undefined;
  const info = await stat(path).catch(() => undefined);
  return { path, size: info?.size ?? 0 };
}

/** The last serious line since the mark: nginx says why it refused a reload nowhere else. */
export async function lastComplaint(mark: LogMark | undefined): Promise<string | undefined> {
  const text = await readSince(mark);
  return text === undefined ? undefined : complaintIn(text);
}

/** What was written since the mark, the last 64 KiB of it. Undefined if there is no such file. */
export async function readSince(mark: LogMark | undefined): Promise<string | undefined> {
  if (mark === undefined) return undefined;
  const handle = await open(mark.path).catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    const start = Math.max(mark.size > size ? 0 : mark.size, size - 64 * 1024);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The last `[emerg]`, `[alert]` or `[crit]` of some output that gives a reason, without nginx's prefix. */
export function complaintIn(output: string): string | undefined {
  const serious = output.split("\n").filter((line) => /\[(emerg|alert|crit)\]/.test(line));
  // It ends five complaints about an address, and names none.
  const reason = serious.findLast((line) => !line.includes("still could not bind()"));
  return (reason ?? serious.at(-1))?.replace(/^.*?\[(emerg|alert|crit)\]\s*(\d+#\d+:\s*)?(\*\d+\s*)?/, "").trim();
}

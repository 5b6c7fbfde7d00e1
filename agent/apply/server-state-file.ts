import { rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { onDisk } from "./disk.ts";

/** Writes HAProxy's server-state file in one step: a HAProxy that starts just then reads the old one or the new one. */
export async function writeServerState(path: string, text: string, timeoutMs: number): Promise<void> {
  const staged = join(dirname(path), `.${path.slice(path.lastIndexOf("/") + 1)}.tmp`);
  await onDisk("write", { timeoutMs, path }, async () => {
    try {
      await writeFile(staged, text.endsWith("\n") ? text : `${text}\n`);
      await rename(staged, path);
    } catch (error) {
      await rm(staged, { force: true });
      throw error;
    }
  });
}

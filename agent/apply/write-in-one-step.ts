import { randomBytes } from "node:crypto";
import { open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type DiskOptions, onDisk } from "./disk.ts";

/** Replaces what a file says in one step. Its owner, its mode and its time stay: nobody but its readers need notice. */
export async function replaceFile(path: string, bytes: Buffer, options: DiskOptions): Promise<void> {
  const staged = join(dirname(path), `.${basename(path)}.tmp-${randomBytes(6).toString("hex")}`);
  await onDisk("replace", { ...options, path }, async () => {
    try {
      const former = await stat(path);
      const handle = await open(staged, "wx", former.mode & 0o777);
      try {
        await handle.writeFile(bytes);
        // Not ours to give away, if we are not root.
        await handle.chown(former.uid, former.gid).catch(() => undefined);
        // What the process's umask took away.
        await handle.chmod(former.mode & 0o7777);
        await handle.utimes(former.atimeMs / 1000, former.mtimeMs / 1000);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(staged, path);
    } catch (error) {
      await rm(staged, { force: true });
      throw error;
    }
  });
}

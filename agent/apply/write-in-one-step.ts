import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type DiskOptions, onDisk } from "./disk.ts";

/**
 * Writes a file in one step: whoever reads it has the old content or the new one, and what fails leaves nothing behind.
 * `like`: whose mode and owner it gets. `finish` is called while it still lies beside, complete.
 */
export async function writeInOneStep(
  path: string,
  content: string | Buffer,
  options: { readonly like?: Stats | undefined; readonly finish: (file: FileHandle) => Promise<void> },
): Promise<void> {
  const { like, finish } = options;
  const staged = join(dirname(path), `.${basename(path)}.tmp-${randomBytes(6).toString("hex")}`);
  try {
    const file = await open(staged, "wx", like === undefined ? 0o644 : like.mode & 0o777);
    try {
      await file.writeFile(content);
      // Not ours to give away, if we are not root.
      if (like !== undefined) await file.chown(like.uid, like.gid).catch(() => undefined);
      await finish(file);
    } finally {
      await file.close();
    }
    await rename(staged, path);
  } catch (error) {
    await rm(staged, { force: true });
    throw error;
  }
}

/** Replaces what a file says in one step. Its owner, its mode and its time stay: nobody but its readers need notice. */
export async function replaceFile(path: string, bytes: Buffer, options: DiskOptions): Promise<void> {
  await onDisk("replace", { ...options, path }, async () => {
    const former = await stat(path);
    await writeInOneStep(path, bytes, {
      like: former,
      async finish(file) {
        // What the process's umask took away.
        await file.chmod(former.mode & 0o7777);
        await file.utimes(former.atimeMs / 1000, former.mtimeMs / 1000);
        await file.sync();
      },
    });
  });
}

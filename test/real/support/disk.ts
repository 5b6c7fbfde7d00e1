import { execFileSync } from "node:child_process";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";

/** The small disk on which a gateway has its files. */
export interface Disk {
  /** False where no file system may be mounted: then `path` is a plain folder, and the rest cannot be done. */
  readonly isOwn: boolean;
  readonly path: string;
  /** Takes all that is free. */
  fill(): Promise<void>;
  free(): Promise<void>;
  /** Nothing in the folder can be written any more, until `allow`. */
  forbid(folder: string): void;
  allow(folder: string): void;
  unmount(): void;
}

/** A disk of 32 MB in the folder, where that is allowed. Unmount it at the end. */
export async function mountDisk(folder: string): Promise<Disk> {
  const path = join(folder, "disk");
  const filler = join(path, "filler");
  await mkdir(path);
  const isOwn = tryTo("mount", "-t", "tmpfs", "-o", "size=32m,mode=755", "tmpfs", path);
  return {
    isOwn,
    path,
    async fill() {
      const file = await open(filler, "w");
      const block = Buffer.alloc(4096);
      try {
        for (;;) await file.write(block);
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
      } finally {
        await file.close();
      }
    },
    free: () => rm(filler, { force: true }),
    // Root may write wherever it likes, but not on a file system that is read-only.
    forbid(folder) {
      if (!tryTo("mount", "--bind", folder, folder)) throw new Error(`${folder} cannot be mounted`);
      if (!tryTo("mount", "-o", "remount,ro,bind", folder)) throw new Error(`${folder} cannot be made read-only`);
    },
    allow: (folder) => void tryTo("umount", "--lazy", folder),
    unmount: () => void (isOwn && tryTo("umount", "--lazy", path)),
  };
}

function tryTo(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

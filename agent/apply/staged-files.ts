import { randomBytes } from "node:crypto";
import { link, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isMissing } from "../errors.ts";
import type { RenderedFile } from "../model.ts";
import { type DiskOptions, onDisk } from "./disk.ts";

/** A new config file on its way: beside its target, complete, not yet in use. */
export interface StagedFile {
  readonly path: string;
  /** Puts it in the target's place in one step; the former file is kept until `settle`. */
  promote(): Promise<void>;
  /** Puts the former file back. Without one, the target is removed. */
  rollback(): Promise<void>;
  /** The new file is proven: forgets the former one. */
  settle(): Promise<void>;
  /** It was only for a check. */
  discard(): Promise<void>;
  /** Not wanted: kept as `.NAME.refused` for a look at it. */
  refuse(): Promise<void>;
}

/**
 * Names beside the target begin with a dot, so that `include *.conf` never sees them. nginx reads relative includes
 * from the folder of the file it is given, so the staged file has to be in the same folder.
 */
function names(target: string) {
  const beside = (suffix: string) => join(dirname(target), `.${basename(target)}.${suffix}`);
  return {
    staged: () => beside(`tmp-${randomBytes(6).toString("hex")}`),
    previous: beside("previous"),
    refused: beside("refused"),
  };
}

interface StageOptions extends DiskOptions {
  /** By when it has to be on the disk itself. `settle` is for a file that is not relied on before: writing holds up the disk. */
  readonly onDiskBy?: "promote" | "settle";
}

/** Writes the file beside its target, with the owner and mode of the target. Its mtime is the time it was rendered. */
export async function stageFile(file: RenderedFile, options: StageOptions): Promise<StagedFile> {
  const { staged, previous, refused } = names(file.path);
  const path = staged();
  const io = <T>(what: string, operation: () => Promise<T>) => onDisk(what, { ...options, path: file.path }, operation);
  await io("write beside", () => writeWhole(path, file)).catch(async (error: unknown) => {
    await rm(path, { force: true }).catch(() => undefined);
    throw error;
  });
  const synced = options.onDiskBy === "settle" ? undefined : syncWhole(path);
  // Whoever never promotes does not care.
  synced?.catch(() => undefined);
  return {
    path,
    promote: () =>
      io("replace", async () => {
        await synced?.catch(throwWithout(path));
        await replaceTarget({ staged: path, target: file.path, previous });
      }),
    rollback: () => io("restore", () => restoreFormer(file.path, previous)),
    settle: () =>
      io("tidy up beside", async () => {
        await (synced ?? syncWhole(file.path));
        await rm(previous, { force: true });
      }),
    discard: () => io("tidy up beside", () => rm(path, { force: true })),
    refuse: () => io("keep the refused form of", () => rename(path, refused)),
  };
}

/** The file in use; and, if it was promoted and never proven, the text of the one before (empty if there was none). */
export async function readInUse(target: string, options: DiskOptions) {
  return await onDisk("read", { ...options, path: target }, async () => {
    const former = await readOrNothing(names(target).previous);
    const info = await statOrNothing(target);
    if (info === undefined) return { file: undefined, former };
    return { file: { text: await readFile(target, "utf8"), renderedAt: Math.round(info.mtimeMs) }, former };
  });
}

/** Removes what an agent that was killed left behind. */
export async function removeLeftovers(target: string, options: DiskOptions): Promise<void> {
  await onDisk("tidy up beside", { ...options, path: target }, async () => {
    const prefix = `.${basename(target)}.tmp-`;
    const found = await readdir(dirname(target)).catch(() => []);
    for (const name of found.filter((one) => one.startsWith(prefix)))
      await rm(join(dirname(target), name), { force: true });
  });
}

async function writeWhole(path: string, file: RenderedFile): Promise<void> {
  const former = await statOrNothing(file.path);
  const handle = await open(path, "wx", former === undefined ? 0o644 : former.mode & 0o777);
  try {
    await handle.writeFile(file.text);
    if (former !== undefined) await handle.chown(former.uid, former.gid).catch(() => undefined);
    await handle.utimes(file.renderedAt / 1000, file.renderedAt / 1000);
  } finally {
    await handle.close();
  }
}

/** What failed leaves nothing behind: it is tried again and again. */
function throwWithout(staged: string): (error: unknown) => Promise<never> {
  return async (error) => {
    await rm(staged, { force: true });
    throw error;
  };
}

/** Brings the file to the disk. Runs while the proxy checks it; whoever promotes it waits for it. */
async function syncWhole(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Gives the former file a second name, then replaces it. A second name that is there already is that of the last proven
 * file, and stays. What fails leaves nothing behind: it is tried again and again.
 */
async function replaceTarget(paths: { readonly staged: string; readonly target: string; readonly previous: string }) {
  const { staged, target, previous } = paths;
  const isKept = (await statOrNothing(previous)) !== undefined;
  try {
    if (!isKept) await keepFormer(target, previous);
    await rename(staged, target);
  } catch (error) {
    await rm(staged, { force: true });
    if (!isKept) await rm(previous, { force: true });
    throw error;
  }
}

/** Where there is no former file, an empty one says so. */
async function keepFormer(target: string, previous: string): Promise<void> {
  if ((await statOrNothing(target)) !== undefined) await link(target, previous);
  else await (await open(previous, "w")).close();
}

async function restoreFormer(target: string, previous: string): Promise<void> {
  const former = await statOrNothing(previous);
  if (former === undefined) return;
  if (former.size > 0) await rename(previous, target);
  else await rm(target, { force: true });
  // Renaming one name of a file to another of its names does nothing and leaves both.
  await rm(previous, { force: true });
}

async function statOrNothing(path: string) {
  return await stat(path).catch(nothingIfMissing);
}

async function readOrNothing(path: string) {
  return await readFile(path, "utf8").catch(nothingIfMissing);
}

function nothingIfMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

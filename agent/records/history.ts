import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { onDisk } from "../apply/disk.ts";
import { writeInOneStep } from "../apply/write-in-one-step.ts";
import { AgentError, messageOf } from "../errors.ts";
import { entrySchema, type HistoryContent, type HistoryEntry, type NewEntry, readContent } from "./history-entry.ts";

/** A bounded ring of what was applied, or refused, on disk. */
export interface History {
  /** Kept soon, behind the scenes; what fails is told to `onFailure` and lost. */
  add(entry: NewEntry, content: HistoryContent): void;
  /** Newest first. What is damaged is left out. Throws AgentError("disk-failed"). */
  list(): Promise<readonly HistoryEntry[]>;
  /** Undefined if there is none of this id. Throws AgentError("disk-failed"), also if it is damaged. */
  read(id: number): Promise<(HistoryEntry & { readonly content: HistoryContent }) | undefined>;
  /** Resolves when all that was added is on disk, or has failed. */
  flush(): Promise<void>;
}

export interface HistoryOptions {
  readonly directory: string;
  readonly timeoutMs: () => number;
  /** The oldest go where there are more. */
  readonly limits: () => { readonly entries: number; readonly bytes: number };
  readonly onFailure: (error: unknown) => void;
}

/** While the disk is slow, so many wait; older ones are lost. */
const mostWaiting = 4;

/**
 * Keeps two files per entry: `ID.gz`, the configuration and the answers it was made of, then `ID.json`, which says that
 * the first one is whole. A crash between the two leaves a file that the next entry takes away.
 */
export function createHistory(options: HistoryOptions): History {
  const { directory, onFailure } = options;
  const waiting: { readonly entry: NewEntry; readonly content: HistoryContent }[] = [];
  const state = { running: undefined as Promise<void> | undefined };
  // What hangs cannot be stopped. While it does, no more is begun: it would use up all of Node's threads for files.
  const hanging = new Set<symbol>();

  async function disk<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (hanging.size > 0) throw new AgentError("disk-failed", `cannot ${what} ${directory}: it still hangs`);
    const mine = Symbol(what);
    const running = { isOver: false };
    const operation = () =>
      work().finally(() => {
        running.isOver = true;
        hanging.delete(mine);
      });
    return await onDisk(what, { timeoutMs: options.timeoutMs(), path: directory }, operation).catch((error) => {
      if (!running.isOver) hanging.add(mine);
      throw error;
    });
  }

  async function writeAll(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { entry, content } = next;
      await disk("keep the history in", () => write(directory, { entry, content, limits: options.limits() })).catch(
        onFailure,
      );
    }
    state.running = undefined;
  }

  const listAll = () => disk("read the history in", () => list(directory));
  return {
    add(entry, content) {
      if (options.limits().entries === 0) return;
      waiting.push({ entry, content });
      if (waiting.length > mostWaiting) waiting.shift();
      state.running ??= writeAll();
    },
    list: listAll,
    async read(id) {
      const entry = (await listAll()).find((one) => one.id === id);
      if (entry === undefined) return undefined;
      return { ...entry, content: await disk("read the history in", () => readOne(directory, id)) };
    },
    flush: async () => await state.running,
  };
}

function nameOf(id: number): string {
  return String(id).padStart(8, "0");
}

async function namesIn(directory: string): Promise<readonly string[]> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return await readdir(directory);
}

function idsIn(names: readonly string[], extension: string): readonly number[] {
  const found = names.flatMap((name) =>
    /^\d{8}\./.test(name) && name.endsWith(extension) ? [Number(name.slice(0, 8))] : [],
  );
  return found.sort((one, other) => one - other);
}

async function write(
  directory: string,
  {
    entry,
    content,
    limits,
  }: {
    readonly entry: NewEntry;
    readonly content: HistoryContent;
    readonly limits: ReturnType<HistoryOptions["limits"]>;
  },
): Promise<void> {
  const names = await namesIn(directory);
  const id = (idsIn(names, ".json").at(-1) ?? 0) + 1;
  const { pack } = await loadPacking();
  const packed = await pack(content);
  const path = (extension: string) => join(directory, `${nameOf(id)}${extension}`);
  const finish = async (file: { chmod(mode: number): Promise<void>; sync(): Promise<void> }) => {
    // Whoever may read the configuration of the proxy need not see those of before.
    await file.chmod(0o600);
    await file.sync();
  };
  await writeInOneStep(path(".gz"), packed, { finish });
  await writeInOneStep(path(".json"), `${JSON.stringify({ ...entry, id, bytes: packed.length })}\n`, { finish });
  await prune(directory, { names: await readdir(directory), limits });
}

/** The oldest go, the entry before its content; what a crash left behind goes too. */
async function prune(
  directory: string,
  { names, limits }: { readonly names: readonly string[]; readonly limits: ReturnType<HistoryOptions["limits"]> },
): Promise<void> {
  const ids = idsIn(names, ".json").toReversed();
  let bytes = 0;
  const kept = new Set<number>();
  for (const id of ids) {
    bytes += await stat(join(directory, `${nameOf(id)}.gz`)).then(
      (one) => one.size,
      () => 0,
    );
    // The newest stays, however large it is.
    if (kept.size > 0 && (kept.size >= limits.entries || bytes > limits.bytes)) break;
    kept.add(id);
  }
  const stale = names.filter((name) => !kept.has(Number(/^(\d{8})\.(?:json|gz)$/.exec(name)?.[1] ?? Number.NaN)));
  for (const name of stale.toSorted((one, other) => Number(other.endsWith(".json")) - Number(one.endsWith(".json"))))
    await rm(join(directory, name), { force: true });
}

async function list(directory: string): Promise<readonly HistoryEntry[]> {
  const names = new Set(await namesIn(directory));
  const ids = idsIn([...names], ".json").filter((id) => names.has(`${nameOf(id)}.gz`));
  const entries: HistoryEntry[] = [];
  // One by one: on a disk that hangs, each would keep one of Node's threads for files.
  for (const id of ids.toReversed()) {
    const text = await readFile(join(directory, `${nameOf(id)}.json`), "utf8").catch(() => "");
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), entrySchema), text);
    if (parsed.success) entries.push(parsed.output);
  }
  return entries;
}

/** Nothing is packed before the first configuration is served: the start does not wait for it. */
async function loadPacking(): Promise<typeof import("./pack.ts")> {
  return await import("./pack.ts");
}

async function readOne(directory: string, id: number): Promise<HistoryContent> {
  const path = join(directory, `${nameOf(id)}.gz`);
  try {
    const { unpack } = await loadPacking();
    return readContent(JSON.parse(await unpack(await readFile(path))));
  } catch (cause) {
    throw new AgentError("disk-failed", `${path} cannot be used: ${messageOf(cause)}`, { cause });
  }
}

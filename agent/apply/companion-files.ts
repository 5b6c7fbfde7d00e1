import { readdir, readFile, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AgentError, isMissing } from "../errors.ts";
import { type DiskOptions, onDisk } from "./disk.ts";
import { writeInOneStep } from "./write-in-one-step.ts";

/*
 * Files that a config refers to, such as HAProxy's maps. A template prints them inside the config, each in a block:
 *
 *   #DROVE-FILE-BEGIN hosts-0123456789abcdef.map
 *   # a.test a.test
 *   #DROVE-FILE-END
 *
 * and they are written beside it. With the generation in their names they are never overwritten by other content: the
 * config of before, still in use or put back, has its own.
 */

/** One file of a config. `text` ends with a newline unless it is empty. */
export interface Companion {
  readonly name: string;
  readonly text: string;
}

const begin = "#DROVE-FILE-BEGIN";
const end = "#DROVE-FILE-END";

/** The files that a config brings with it, in the order of their blocks. Throws an AgentError that names the line. */
export function companionsOf(text: string): readonly Companion[] {
  const companions: Companion[] = [];
  let current: { readonly name: string; readonly at: number; readonly lines: string[] } | undefined;
  if (!text.includes("#DROVE-FILE-")) return companions;
  for (const [index, line] of text.split("\n").entries()) {
    const at = index + 1;
    if (line.startsWith(begin)) {
      if (current !== undefined) throw broken(at, `begins inside of the block of line ${current.at}`);
      current = { name: nameIn(line, at), at, lines: [] };
      if (companions.some((one) => one.name === current?.name)) throw broken(at, `is a second one of ${current.name}`);
    } else if (line.trimEnd() === end) {
      if (current === undefined) throw broken(at, "ends without a beginning");
      companions.push({ name: current.name, text: current.lines.map((one) => `${one}\n`).join("") });
      current = undefined;
    } else if (current !== undefined) {
      if (!/^# ?/.test(line)) throw broken(at, "has a line that does not begin with #");
      current.lines.push(line.replace(/^# ?/, ""));
    }
  }
  if (current !== undefined) throw broken(current.at, "has no end");
  return companions;
}

function nameIn(line: string, at: number): string {
  const name = line.slice(begin.length).trim();
  if (isName(name)) return name;
  throw broken(at, `has the name ${JSON.stringify(name)}; a name has letters, digits and . _ - only`);
}

/** No folder, and no hidden file. */
function isName(name: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/.test(name) && !name.includes("..");
}

function broken(line: number, why: string): AgentError {
  return new AgentError("template-invalid", `line ${line} of the rendered file: the block of a file ${why}`, {
    facts: { line },
  });
}

/** Writes what the config brings with it beside it; a file that is there with the same content is left alone. */
export async function writeCompanions(configFile: string, text: string, options: DiskOptions): Promise<void> {
  for (const { name, text: content } of companionsOf(text)) {
    const path = besideOf(configFile, name);
    await onDisk("write", { ...options, path }, () => writeOne(path, { content, configFile }));
  }
}

/**
 * Removes the files of earlier generations: those of the `stale` texts, and those whose names differ from a name of any
 * of these texts by the generation only. What a text of `keep` has stays, and so does whatever else is in the folder.
 */
export async function removeStaleCompanions(
  configFile: string,
  texts: { readonly keep: readonly string[]; readonly stale: readonly string[] },
  options: DiskOptions,
): Promise<void> {
  const kept = new Set(namesOf(texts.keep));
  const stale = new Set(namesOf(texts.stale));
  const families = new Set([...kept, ...stale].flatMap((name) => familyOf(name) ?? []));
  const isOurs = (name: string) => stale.has(name) || families.has(familyOf(name) ?? "");
  const folder = dirname(configFile);
  await onDisk("tidy up in", { ...options, path: folder }, async () => {
    const found = await readdir(folder).catch(() => []);
    const gone = found.filter((name) => !kept.has(name) && isOurs(unfinished(name) ?? name));
    for (const name of gone) await rm(join(folder, name), { force: true });
  });
}

/** A text that is not ours any more may have anything in it: a broken block names nothing. */
function namesOf(texts: readonly string[]): readonly string[] {
  return texts
    .flatMap((text) => [...text.matchAll(/^#DROVE-FILE-BEGIN (\S+)$/gm)].flatMap(([, name = ""]) => name))
    .filter(isName);
}

/** A name with its generation, 16 hex digits between a dash and a dot, taken out; undefined if it has none. */
function familyOf(name: string): string | undefined {
  const family = name.replace(/-[0-9a-f]{16}\./, "-*.");
  return family === name ? undefined : family;
}

/** The name of what was being written when an agent was killed. */
function unfinished(name: string): string | undefined {
  return /^\.(.+)\.tmp-[0-9a-f]{12}$/.exec(name)?.[1];
}

function besideOf(configFile: string, name: string): string {
  if (name !== basename(configFile)) return join(dirname(configFile), name);
  throw new AgentError("template-invalid", `the block of a file has the name of the config file, ${name}`);
}

/** Complete or not at all, and as readable as the config file: the proxy may run as somebody else. */
async function writeOne(path: string, file: { readonly content: string; readonly configFile: string }): Promise<void> {
  const { content, configFile } = file;
  // One that cannot be read is replaced, or it is said why it cannot.
  if ((await readFile(path, "utf8").catch(() => undefined)) === content) return;
  const model = await stat(configFile).catch(nothingIfMissing);
  await writeInOneStep(path, content, { like: model, finish: (handle) => handle.sync() });
}

function nothingIfMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

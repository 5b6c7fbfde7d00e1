import { glob, readdir, readFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { AgentError, isMissing, messageOf } from "../errors.ts";
import type { TemplateSource } from "../render/engine.ts";

/** Reads a template and the files it may include: `patterns` relative to it, else the folder `partials` beside it. */
export async function readTemplate(path: string, patterns: readonly string[]): Promise<TemplateSource> {
  const text = await readText(path);
  const paths = await partialPaths(path, patterns);
  const partials = await Promise.all(
    paths.map(async (one) => ({ name: basename(one, extname(one)), path: one, text: await readText(one) })),
  );
  return { path, text, partials };
}

/** The folders in which partials may come, or in a folder of theirs; they may be empty or missing yet. */
export function partialFolders(path: string, patterns: readonly string[]): readonly string[] {
  const folders = wantedPartials(path, patterns).map((pattern) =>
    resolve(dirname(path), isFileName(pattern) ? dirname(pattern) : fixedFolder(pattern)),
  );
  return [...new Set(folders)];
}

function wantedPartials(path: string, patterns: readonly string[]): readonly string[] {
  return patterns.length > 0 ? patterns : [`partials/*${extname(path)}`];
}

function isFileName(pattern: string): boolean {
  return !pattern.includes("*");
}

/** What is before the first folder that is a pattern itself. */
function fixedFolder(pattern: string): string {
  const [fixed = ""] = /^(?:[^*?[\]{}()!\\/]*\/)*/.exec(pattern) ?? [];
  return fixed;
}

/** The included files, sorted; a pattern without `*` names a file that must exist. */
async function partialPaths(path: string, patterns: readonly string[]): Promise<readonly string[]> {
  const folder = dirname(path);
  const found = await Promise.all(
    wantedPartials(path, patterns).map(async (pattern) => {
      if (isFileName(pattern)) return [resolve(folder, pattern)];
      return await matching(folder, pattern);
    }),
  );
  return [...new Set(found.flat())].filter((one) => one !== path).sort();
}

/** `FOLDER/*.ext`, the usual pattern, is looked up by hand: Node's glob takes 5 ms to load. */
async function matching(folder: string, pattern: string): Promise<readonly string[]> {
  const [, inside = "", suffix] = /^([^*?[\]{}()!\\]+)\/\*(\.[\w.]+)$/.exec(pattern) ?? [];
  if (suffix === undefined) {
    const found = await Array.fromAsync(glob(pattern, { cwd: folder }));
    // For it a folder that cannot be read has nothing in it.
    await namesIn(resolve(folder, fixedFolder(pattern)));
    return found.map((one) => join(folder, one));
  }
  return (await namesIn(resolve(folder, inside)))
    .filter((name) => name.endsWith(suffix) && !name.startsWith("."))
    .map((name) => resolve(folder, inside, name));
}

/** None if there is no such folder. One that cannot be read is another matter: its partials are not gone. */
async function namesIn(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch((cause: unknown) => {
    if (isMissing(cause)) return [];
    throw unreadable(folder, cause);
  });
}

async function readText(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
}

function unreadable(path: string, cause: unknown): AgentError {
  const message = `cannot read the template ${path}: ${messageOf(cause)}`;
  return new AgentError("template-unreadable", message, { cause, facts: { path } });
}

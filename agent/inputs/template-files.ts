import { glob, readdir, readFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { AgentError, messageOf } from "../errors.ts";
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

/** The included files, sorted; a pattern without `*` names a file that must exist. */
async function partialPaths(path: string, patterns: readonly string[]): Promise<readonly string[]> {
  const folder = dirname(path);
  const wanted = patterns.length > 0 ? patterns : [`partials/*${extname(path)}`];
  const found = await Promise.all(
    wanted.map(async (pattern) => {
      if (!pattern.includes("*")) return [resolve(folder, pattern)];
      return await matching(folder, pattern);
    }),
  );
  return [...new Set(found.flat())].filter((one) => one !== path).sort();
}

/** `FOLDER/*.ext`, the usual pattern, is looked up by hand: Node's glob takes 5 ms to load. */
async function matching(folder: string, pattern: string): Promise<readonly string[]> {
  const [, inside = "", suffix] = /^([^*?[\]{}()!\\]+)\/\*(\.[\w.]+)$/.exec(pattern) ?? [];
  if (suffix === undefined)
    return (await Array.fromAsync(glob(pattern, { cwd: folder }))).map((one) => join(folder, one));
  const names = await readdir(resolve(folder, inside)).catch(() => []);
  return names
    .filter((name) => name.endsWith(suffix) && !name.startsWith("."))
    .map((name) => resolve(folder, inside, name));
}

async function readText(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((cause: unknown) => {
    throw new AgentError("template-unreadable", `cannot read the template ${path}: ${messageOf(cause)}`, {
      cause,
      facts: { path },
    });
  });
}

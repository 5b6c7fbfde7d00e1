import { globSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** The top of the repository. */
export const root = join(import.meta.dirname, "..", "..", "..");

export function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Files below the top of the repository, by their paths from there. */
export function find(pattern: string): readonly string[] {
  const found = globSync(pattern, { cwd: root, withFileTypes: true }).filter((one) => one.isFile());
  return found.map((one) => relative(root, join(one.parentPath, one.name))).sort();
}

/** The code blocks of a Markdown text that are marked with this language. */
export function codeBlocks(markdown: string, language: string): readonly string[] {
  return [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, name, code]) =>
    name === language && code !== undefined ? [code] : [],
  );
}

/** The rows of all tables of a Markdown text, as cells; `\|` does not occur. */
export function tableRows(markdown: string): readonly (readonly string[])[] {
  const lines = markdown.split("\n").filter((line) => line.startsWith("| "));
  return lines.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

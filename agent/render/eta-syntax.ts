import type { Eta } from "eta/core";

interface Tag {
  readonly t: string;
  readonly val: string;
  readonly lineNo?: number;
}

/**
 * JavaScript engines do not say where a template's syntax error is. The first tag after which no closing of the open
 * brackets makes the code whole is the broken one.
 */
export function findBrokenTag(eta: Eta, text: string): { readonly line: number; readonly reason: string } | undefined {
  const tags = tagsOf(eta, text);
  const broken = tags.findIndex((_, index) => problemOf(tags.slice(0, index + 1)) !== undefined);
  const tag = tags[broken];
  if (tag === undefined) return undefined;
  return { line: tag.lineNo ?? 1, reason: problemOf(tags.slice(0, broken + 1)) ?? "syntax error" };
}

function tagsOf(eta: Eta, text: string): readonly Tag[] {
  try {
    const nodes: readonly unknown[] = eta.parse(text);
    return nodes.filter((node): node is Tag => typeof node === "object");
  } catch {
    return [];
  }
}

function problemOf(tags: readonly Tag[]): string | undefined {
  const code = tags.map((tag) => (tag.t === "e" ? tag.val : `;(${tag.val});`)).join("\n");
  try {
    new Function("it", "include", "layout", "block", "output", code + closersOf(code));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function closersOf(code: string): string {
  const bare = code.replaceAll(/(["'`])(?:\\.|(?!\1)[^\\])*\1|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '""');
  const open: string[] = [];
  for (const char of bare) {
    if (char === "{") open.push("}");
    if (char === "(") open.push(")");
    if (char === "[") open.push("]");
    if (char === open.at(-1)) open.pop();
  }
  return `\n${open.reverse().join("")}`;
}

import { globSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** One source file of the agent. */
export interface SourceFile {
  /** Relative to the agent's folder. */
  readonly path: string;
  readonly lines: number;
  /** The text with all comments, strings and regular expressions blanked out; positions are those of the file. */
  readonly code: string;
  readonly imports: readonly Import[];
}

export interface Import {
  /** Relative to the agent's folder, or as written if it is a package. */
  readonly from: string;
  readonly isPackage: boolean;
  /** True if nothing of it is left at run time. */
  readonly isType: boolean;
  readonly names: readonly string[];
}

const agentFolder = join(import.meta.dirname, "..", "..", "..", "agent");

/** All source files of the agent, sorted by path. */
export function sourceFiles(): readonly SourceFile[] {
  const paths = globSync("**/*.ts", { cwd: agentFolder }).sort();
  return paths.map((path) => readSource(path, readFileSync(join(agentFolder, path), "utf8")));
}

/** A source file with this text. */
export function readSource(path: string, text: string): SourceFile {
  const code = blankOut(text);
  return { path, lines: text.trimEnd().split("\n").length, code, imports: importsOf(path, { text, code }) };
}

function importsOf(path: string, { text, code }: { readonly text: string; readonly code: string }): readonly Import[] {
  const statement =
    /^(?:import\b(?<what>[^;"]*?)(?:from\s*)?|export\s+(?<given>(?:type\s+)?(?:\{[^}]*\}|\*[^;"]*?))\s*from\s*)"(?<from>[^"]+)"/gm;
  const dynamic = /\bimport\(\s*(?<what>)"(?<from>[^"]+)"/g;
  return [...text.matchAll(statement), ...text.matchAll(dynamic)]
    .filter((match) => /^(im|ex)port/.test(code.slice(match.index)))
    .map((match) => {
      const { from = "", given: exported, what = exported ?? "" } = match.groups ?? {};
      const isPackage = !from.startsWith(".");
      const names = (/\{([^}]*)\}/.exec(what)?.[1] ?? "").split(",").map((name) => name.trim());
      const given = names.filter((name) => name !== "");
      const isType = /^\s*type\b/.test(what) || (given.length > 0 && given.every((name) => name.startsWith("type ")));
      const target = isPackage ? from : relative(agentFolder, join(agentFolder, path, "..", from));
      return { from: target, isPackage, isType, names: given.map((name) => name.replace(/^type /, "")) };
    });
}

/** A function with a body in braces. */
export interface SourceFunction {
  readonly path: string;
  /** Of its opening brace. */
  readonly line: number;
  /** From the opening brace to the closing one, without the lines of functions in it: those count for themselves. */
  readonly lines: number;
}

/** All functions of a file, nested ones too. */
export function functionsOf({ path, code }: SourceFile): readonly SourceFunction[] {
  const open: { readonly at: number; nested: number }[] = [];
  const found: SourceFunction[] = [];
  for (const { 0: brace, index } of code.matchAll(/[{}]/g)) {
    if (brace === "{") open.push({ at: index, nested: 0 });
    const block = brace === "}" ? open.pop() : undefined;
    if (block === undefined) continue;
    const line = lineAt(code, block.at);
    const whole = lineAt(code, index) - line + 1;
    const isFunction = isBody(code.slice(0, block.at).trimEnd());
    if (isFunction) found.push({ path, line, lines: whole - block.nested });
    const outer = open.at(-1);
    // A function that begins and ends on lines of others adds only what is its own.
    if (outer !== undefined) outer.nested += isFunction ? Math.max(0, whole - 1) : block.nested;
  }
  return found;
}

/** True if a brace after this code opens the body of a function: after `=>`, after parameters, after a return type. */
function isBody(before: string): boolean {
  if (before.endsWith("=>")) return true;
  const parameters = /\)(?:\s*:\s*[^(){};=,?]*[\w\]>])?$/.exec(before);
  if (parameters !== null) return !isControl(before.slice(0, parameters.index));
  return (
    /\}[>\]\s[]*$/.test(before) && !/[;{]\s*\}$/.test(before) && /\)\s*:\s*(Promise<)?\{[^{}]*\}[>\]\s[]*$/.test(before)
  );
}

/** True if the parentheses that would close next belong to `if (…)` and the like. */
function isControl(before: string): boolean {
  let depth = 1;
  let index = before.length;
  while (depth > 0 && index > 0) {
    index -= 1;
    if (before[index] === ")") depth += 1;
    if (before[index] === "(") depth -= 1;
  }
  return /\b(if|for|for await|while|switch|catch)\s*$/.test(before.slice(0, index));
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

/** What can hide a brace, longest first: comments, strings, and regular expressions where a value may stand. */
const hidden =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|(?<=(?:^|[(,=:[!&|?{};>]|\breturn|\btypeof)\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/gm;

/** Blanks out what is no code. Of a template string, the values stay. */
function blankOut(text: string): string {
  const blank = (part: string) => part.replaceAll(/[^\n]/g, " ");
  return blankTemplates(
    text.replaceAll(hidden, (part, index: number) => (isInTemplate(text, index) ? part : blank(part))),
  );
}

/** Comments and quotes inside a template string are its text. */
function isInTemplate(text: string, index: number): boolean {
  const line = text.slice(text.lastIndexOf("\n", index - 1) + 1, index);
  return (line.match(/`/g) ?? []).length % 2 === 1;
}

function blankTemplates(text: string): string {
  const out: string[] = [];
  const stack: ("text" | "value" | "brace")[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    const inText = stack.at(-1) === "text";
    if (char === "`") {
      if (inText) stack.pop();
      else stack.push("text");
      out.push(" ");
    } else if (inText && char === "\\") {
      out.push("  ");
      index += 1;
    } else if (inText && text.startsWith("${", index)) {
      stack.push("value");
      out.push("  ");
      index += 1;
    } else if (inText) out.push(char === "\n" ? "\n" : " ");
    else if (stack.at(-1) === "value" && char === "}") {
      stack.pop();
      out.push(" ");
    } else {
      if (stack.length > 0 && char === "{") stack.push("brace");
      if (stack.at(-1) === "brace" && char === "}") stack.pop();
      out.push(char);
    }
  }
  return out.join("");
}

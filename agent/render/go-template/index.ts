/** Go's text/template: parse once, execute often. The specification is Go 1.24's. This is the engine's border. */

import { rejoin } from "../go-text/bytes.ts";
import { builtins } from "./builtins.ts";
import { type Callee, calleeOf } from "./calls.ts";
import { GoTemplateError, type Source } from "./errors.ts";
import { type MissingKey, type Program, returnToCaller, run } from "./machine.ts";
import { isEmptyTree, parseSource } from "./parse.ts";
import { sprint } from "./printf.ts";
import { linkAll } from "./statements.ts";
import type { GoFunction } from "./types.ts";
import { plain } from "./values.ts";

export type { Callee } from "./calls.ts";
export { GoTemplateError } from "./errors.ts";
export { checkLength } from "./format.ts";
export * from "./types.ts";
/** Data of a Go type: anywhere in plain data, and as the result of a function. Nothing is copied. */
export { type GoValue, Typed, typed as typedData } from "./values.ts";

/** Plain or typed data as Go's fmt.Sprint prints them. */
export function printed(data: unknown): string {
  return sprint([plain(data)]);
}

export interface TemplateOptions {
  readonly name: string;
  readonly text: string;
  /** More files of the set, parsed after `text`, so that their definitions win. Each is a template of its name. */
  readonly partials?: readonly Source[] | undefined;
  /** Empty means `{{`. */
  readonly leftDelimiter?: string | undefined;
  /** Empty means `}}`. */
  readonly rightDelimiter?: string | undefined;
  /** They win over Go's own of the same name. */
  readonly functions?: Readonly<Record<string, GoFunction>> | undefined;
  readonly missingKey?: MissingKey | undefined;
  /** May put something around each function, built-in ones too. */
  readonly around?: (name: string, callee: Callee) => Callee;
}

export interface GoTemplate {
  /** The template's text for the data. Throws a GoTemplateError; nothing of the text is kept then. */
  execute(data: unknown, onPrint?: (text: string) => string): string;
}

/**
 * Parses a template; throws a GoTemplateError with Go's message. Data are plain: whole numbers are Go's `int`, other
 * numbers `float64`, arrays `[]any`, objects and Maps `map[string]any`, null `nil`. With `typedData` they have Go types.
 */
export function parseTemplate(options: TemplateOptions): GoTemplate {
  const { name, text, partials = [], missingKey = "default" } = options;
  const { around = (_, callee) => callee } = options;
  const own = Object.entries(options.functions ?? {}).map(([key, one]) => [key, calleeOf(one)] as const);
  const functions = new Map([...builtins, ...own].map(([key, callee]) => [key, around(key, callee)]));
  const programs = new Map<string, Program>();
  const findFunction = (one: string) => functions.get(one);
  const delimiters = { left: options.leftDelimiter || "{{", right: options.rightDelimiter || "}}" };
  const add = (source: Source) => {
    // A later definition wins over an earlier one, unless it is empty.
    for (const tree of parseSource({ source, ...delimiters, findFunction }).values())
      if (!programs.has(tree.name) || !isEmptyTree(tree))
        programs.set(tree.name, { name: tree.name, source, start: linkAll(tree.list, returnToCaller) });
  };
  for (const source of [{ name, text }, ...partials]) guard(source.name, () => add(source));
  const program = programs.get(name) ?? { name, source: { name, text }, start: returnToCaller };
  const start = { programs, missingKey, program };
  return { execute: (data, onPrint) => guard(name, () => rejoin(run({ ...start, onPrint }, plain(data)))) };
}

/** The limits of the parser keep it off the end of the stack; should it get there, that is an error like others. */
function guard<T>(templateName: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof GoTemplateError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new GoTemplateError(`template: ${templateName}: ${message}`, { templateName, line: 0 });
  }
}

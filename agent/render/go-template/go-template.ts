/** Go's text/template: parse once, execute often. The specification is Go 1.24's. */

import { builtins } from "./builtins.ts";
import { rejoin } from "./bytes.ts";
import { type Functions, findFunction } from "./call-site.ts";
import { compileTree } from "./compile.ts";
import { GoTemplateError } from "./errors.ts";
import { type MissingKey, type Program, run } from "./machine.ts";
import { isEmptyTree, type Source, type Tree } from "./nodes.ts";
import { parseSource } from "./parse.ts";
import { typeNamed } from "./types.ts";
import type { GoFunction, GoValue } from "./values.ts";

export { GoTemplateError } from "./errors.ts";
export type { GoFunction, GoValue } from "./values.ts";

export interface GoTemplateOptions {
  readonly name: string;
  readonly text: string;
  /**
   * More files of the same set, as ParseFiles takes them: parsed after `text`, in this order, so that their definitions
   * win over earlier ones. Each is itself a template of its name.
   */
  readonly partials: readonly { readonly name: string; readonly text: string }[];
  /** Empty means `{{`. */
  readonly leftDelimiter: string;
  /** Empty means `}}`. */
  readonly rightDelimiter: string;
  readonly functions: Readonly<Record<string, GoFunction>>;
  /** What a missing map key gives: "default" no value, "zero" the zero value, "error" an error. */
  readonly missingKey?: MissingKey;
}

export interface GoTemplate {
  /**
   * The template's text for the data. Throws a GoTemplateError; nothing of the text is kept then. `functions` stand in,
   * for this execution, for those of the same name that the template was compiled with.
   */
  execute(data: GoValue, functions?: Readonly<Record<string, GoFunction>>): string;
}

/** Compiles a template; throws a GoTemplateError with Go's message if it does not parse. */
export function compileGoTemplate(options: GoTemplateOptions): GoTemplate {
  const { name, text, partials, functions: own, missingKey = "default" } = options;
  const functions: Functions = { own, builtins };
  for (const { params } of Object.values(own)) params.map(typeNamed);
  const programs = new Map<string, Program>();
  const hasFunction = (one: string) => findFunction(functions, one) !== undefined;
  const parse = (source: Source) => parseSource({ ...options, source, hasFunction });
  for (const source of [{ name, text }, ...partials]) guard(source.name, () => add(programs, parse(source), functions));
  const program = programs.get(name) ?? { name, operations: [] };
  return {
    execute: (data, replacements) => {
      const parts = { programs, functions: replacements, missingKey, program };
      return guard(name, () => rejoin(run(parts, data ?? undefined)));
    },
  };
}

/** A later definition wins over an earlier one, unless it is empty. */
function add(programs: Map<string, Program>, trees: ReadonlyMap<string, Tree>, functions: Functions): void {
  for (const tree of trees.values())
    if (!programs.has(tree.name) || !isEmptyTree(tree)) programs.set(tree.name, compileTree(tree, functions));
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

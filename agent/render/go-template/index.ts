/** The engine's border for plain data. The agent itself uses compileGoTemplate with typed data. */

import { compileGoTemplate, type GoFunction, type GoTemplateOptions } from "./go-template.ts";
import { anyType } from "./types.ts";
import { toGo } from "./values.ts";

/** A function on plain values. `params` are Go type names; the last repeats if `variadic` is set. */
export interface PlainFunction extends Omit<GoFunction, "fn"> {
  // biome-ignore lint/suspicious/noExplicitAny: the engine checks the arguments against `params` before the call.
  readonly fn: (...args: readonly any[]) => unknown;
}

export interface ParseTemplateOptions extends Omit<GoTemplateOptions, "partials" | "functions"> {
  readonly functions: Readonly<Record<string, PlainFunction>>;
}

/**
 * Parses a template. Throws a GoTemplateError, as does `execute`. Data are plain values: whole numbers are Go's `int`,
 * other numbers `float64`, arrays `[]any`, objects `map[string]any`, null `nil`. Typed data are made with `toGo` and the
 * types of types.ts, and may stand anywhere in them.
 */
export function parseTemplate(options: ParseTemplateOptions): { execute(data: unknown): string } {
  const functions = Object.entries(options.functions).map(([name, { fn, ...callable }]) => {
    return [name, { ...callable, fn: (...args: readonly unknown[]) => toGo(anyType, fn(...args)) }] as const;
  });
  const template = compileGoTemplate({ ...options, partials: [], functions: Object.fromEntries(functions) });
  return { execute: (data) => template.execute(toGo(anyType, data)) };
}

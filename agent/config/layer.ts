import { AgentError, type ErrorCode } from "../errors.ts";
import type { Note } from "../model.ts";
import { defaultOf } from "./keys.ts";
import { pathKey } from "./locate.ts";
import { showPath } from "./show.ts";

/*
 * The configuration is made of layers: the image's defaults, the file or the environment's namespace, and the
 * variables that override single keys. A layer knows for each value where it was written.
 */

export type KeyPath = readonly (string | number)[];
export type RawTable = Readonly<Record<string, unknown>>;

/** Where a value was written. */
export type Origin =
  | { readonly kind: "file"; readonly place: string; readonly key: string }
  | { readonly kind: "variable"; readonly name: string };

/** Values nobody has checked yet, with lower-cased keys. */
export interface Layer {
  /** Names the whole: the file as the operator wrote it, or `environment`. */
  readonly source: string;
  readonly values: RawTable;
  /** By `pathKey`. */
  readonly origins: ReadonlyMap<string, Origin>;
  readonly notes: readonly Note[];
}

/** Something wrong with a key. */
export interface Problem {
  readonly path: KeyPath;
  readonly what: string;
  /** Without it: correct the value, or go back to the default. */
  readonly remedy?: string | undefined;
}

/** A layer that says nothing. */
export function emptyLayer(source: string): Layer {
  return { source, values: {}, origins: new Map(), notes: [] };
}

/** `over` wins, key by key; a list or table is taken whole. */
export function overlay(under: Layer, over: Layer): Layer {
  const replaced = new Set(Object.keys(over.values));
  const kept = [...under.origins].filter(([key]) => !replaced.has(key.split(".", 1)[0] ?? key));
  return {
    source: over.source,
    values: { ...under.values, ...over.values },
    origins: new Map([...kept, ...over.origins]),
    notes: [...under.notes, ...over.notes],
  };
}

/** One line: `FILE:LINE: KEY: what is wrong; what to do`, or with the variable's name in front. */
export function problemLine(layer: Layer, problem: Problem): string {
  const origin = originOf(layer, problem.path);
  const remedy = problem.remedy ?? defaultRemedy(problem.path, origin);
  return `${whereOf(layer, problem.path, origin)}: ${problem.what}; ${remedy}`;
}

/** All problems as one error: the first in the message, all of them in the facts. */
export function problemsError(lines: readonly string[], code: ErrorCode = "config-invalid"): AgentError {
  const [first = "unknown problem"] = lines;
  const more = lines.length > 1 ? ` (and ${lines.length - 1} more)` : "";
  return new AgentError(code, first + more, { facts: { problems: lines } });
}

/** Where the value itself was written; undefined for a default or a missing key. */
function originOf(layer: Layer, path: KeyPath): Origin | undefined {
  return layer.origins.get(pathKey(path));
}

function whereOf(layer: Layer, path: KeyPath, origin: Origin | undefined): string {
  if (origin?.kind === "variable") return origin.name;
  if (origin !== undefined) return `${origin.place}: ${origin.key}`;
  const above = path.map((_, index) => layer.origins.get(pathKey(path.slice(0, path.length - 1 - index))));
  const nearest = above.find((one) => one !== undefined);
  if (nearest?.kind === "variable") return nearest.name;
  return `${nearest?.place ?? layer.source}: ${showPath(path)}`;
}

function defaultRemedy(path: KeyPath, origin: Origin | undefined): string {
  const fallback = defaultOf(String(path.at(-1)));
  if (fallback === undefined || origin === undefined) return "correct it";
  const undo = origin.kind === "variable" ? "unset it" : "remove the line";
  return `correct it, or ${undo} for the default (${fallback})`;
}

import { parse, TomlError, type TomlTable } from "smol-toml";
import { namespaceKeys, topLevelKeys } from "./keys.ts";
import { problemsError } from "./layer.ts";
import { locateKeys, pathKey } from "./locate.ts";
import { showKey } from "./show.ts";

/** A larger file is not a configuration. */
const maxSourceLength = 1024 * 1024;
const maxKeys = 5000;

/** One `key = value` of the file. */
export interface Entry {
  /** In lower case. */
  readonly key: string;
  readonly value: unknown;
  /** Where it stands: `nixy.toml:7`. */
  readonly place: string;
}

/** A parsed file: its syntax is right, its keys are in lower case, nothing else is known. */
export interface TomlDocument {
  readonly file: string;
  readonly entries: readonly Entry[];
  /** The entries of each `[[namespaces]]` table; undefined when the file has none or they are not tables. */
  readonly namespaces: readonly (readonly Entry[])[] | undefined;
  readonly placeOf: (path: readonly (string | number)[]) => string;
}

/** Reads the syntax. Throws `config-invalid` with file and line. */
export function parseToml(source: string, file: string): TomlDocument {
  if (source.length > maxSourceLength) {
    throw problemsError([`${file}: is larger than 1 MiB; is this the right file?`]);
  }
  const table = parseSyntax(source, file);
  const lines = locateKeys(source);
  if (lines.size > maxKeys) {
    throw problemsError([`${file}: has ${lines.size} keys, more than ${maxKeys}; is this the right file?`]);
  }
  const at = (line: number | undefined) => (line === undefined ? file : `${file}:${line}`);
  const placeOf = (path: readonly (string | number)[]) => at(lines.get(pathKey(path)));
  const entries = entriesOf(table, [], placeOf);
  const namespaces = entries.find((entry) => entry.key === "namespaces")?.value;
  return { file, entries, namespaces: namespaceEntries(namespaces, placeOf), placeOf };
}

function parseSyntax(source: string, file: string): TomlTable {
  try {
    return parse(source, { integersAsBigInt: "asNeeded", maxDepth: 16 });
  } catch (error) {
    // Never the error itself: it quotes lines of the file, and these can hold secrets.
    throw problemsError([syntaxProblem(error, source, file)]);
  }
}

function syntaxProblem(error: unknown, source: string, file: string): string {
  if (!(error instanceof TomlError)) return `${file}: is not valid TOML; correct it`;
  const [reason = ""] = error.message.replace("Invalid TOML document: ", "").split("\n");
  // Only a known name is surely a key: the line may lie within a string.
  const [word = ""] = /^\s*[\w-]+(?=\s*=)/.exec(source.split("\n")[error.line - 1] ?? "") ?? [];
  const key = word.trim().toLowerCase();
  const label = topLevelKeys.has(key) || namespaceKeys.has(key) ? ` ${key}:` : "";
  return `${file}:${error.line}:${label} is not valid TOML: ${reason} (column ${error.column}); ${syntaxRemedy(reason)}`;
}

function syntaxRemedy(reason: string): string {
  if (reason === "invalid value") return 'text stands in quotes: key = "value"';
  if (reason.startsWith("trying to redefine")) return "each key and table stands once";
  return "correct the line";
}

type PlaceOf = TomlDocument["placeOf"];

function namespaceEntries(value: unknown, placeOf: PlaceOf): TomlDocument["namespaces"] {
  if (!Array.isArray(value) || !value.every(isTable)) return undefined;
  return value.map((table, index) => entriesOf(table, ["namespaces", index], placeOf));
}

function entriesOf(table: object, above: readonly (string | number)[], placeOf: PlaceOf): readonly Entry[] {
  const seen = new Set<string>();
  return Object.entries(table).map(([written, value]) => {
    const key = written.toLowerCase();
    const place = placeOf([...above, key]);
    if (seen.has(key)) {
      throw problemsError([`${place}: ${showKey(key)}: stands twice, in different case; remove one of them`]);
    }
    seen.add(key);
    return { key, value, place };
  });
}

function isTable(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

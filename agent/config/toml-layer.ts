import type { Note } from "../model.ts";
import { goMeaning } from "./go-unset.ts";
import { defaultOf, legacyNames, namespaceKeys, topLevelKeys } from "./keys.ts";
import { type KeyPath, type Layer, type Origin, problemsError, type RawTable } from "./layer.ts";
import { pathKey } from "./locate.ts";
import { showKey, showValue } from "./show.ts";
import { nearest } from "./suggest.ts";
import { type Entry, parseToml, type TomlDocument } from "./toml-document.ts";

const flatKeys: ReadonlySet<string> = new Set([...namespaceKeys.keys()].filter((key) => key !== "name"));
const inNamespaces = "one of the [[namespaces]] tables";

/** What became of one entry: a value under a new path, or only notes. */
interface Reading {
  readonly path?: KeyPath;
  readonly entry: Entry;
  readonly notes: readonly Note[];
}

/** Reads a TOML file: its keys, old names and the old flat form. Unknown keys, and values that count as not set, become notes. */
export function readToml(source: string, file: string): Layer {
  const document = parseToml(source, file);
  const isFlat = !has(document, "namespaces") && document.entries.some((entry) => flatKeys.has(entry.key));
  const written = [
    ...document.entries.map((entry) => readTopLevel(document, entry)),
    ...(document.namespaces ?? []).flatMap((entries, index) => entries.map((entry) => readNamespaced(entry, index))),
  ];
  refuseDoubles(written);
  const readings = written.map(asInGo);
  return {
    source: file,
    values: {
      ...valuesOf(document, readings, isFlat),
      ...(hasNamespaces(document, isFlat) && { legacy_flat: isFlat }),
    },
    origins: originsOf(document, readings),
    notes: [...readings.flatMap((reading) => reading.notes), ...(isFlat ? [flatNote(document)] : [])],
  };
}

function readTopLevel(document: TomlDocument, entry: Entry): Reading {
  const { key } = entry;
  const renamed = legacyNames.get(key);
  if (renamed !== undefined) {
    const note = noteOn(entry, "config-deprecated", `is an old name; write ${renamed}`);
    return { path: [renamed], entry, notes: [note] };
  }
  if (topLevelKeys.has(key) || key === "namespaces") return { path: [key], entry, notes: [] };
  if (key === "statsd") {
    return { entry, notes: [noteOn(entry, "config-ignored", "is ignored; scrape /v1/metrics instead and remove it")] };
  }
  if (!flatKeys.has(key)) return { entry, notes: [unknownKey(entry, [...topLevelKeys.keys(), ...flatKeys])] };
  if (!has(document, "namespaces")) return { path: ["namespaces", 0, key], entry, notes: [] };
  const message = `is ignored, because the file has [[namespaces]]; move it into ${inNamespaces} or remove it`;
  return { entry, notes: [noteOn(entry, "config-ignored", message)] };
}

function readNamespaced(entry: Entry, index: number): Reading {
  const { key } = entry;
  if (namespaceKeys.has(key)) return { path: ["namespaces", index, key], entry, notes: [] };
  if (!topLevelKeys.has(key) && !legacyNames.has(key)) {
    return { entry, notes: [unknownKey(entry, [...namespaceKeys.keys()])] };
  }
  // TOML gives every line after a [[namespaces]] header to that table: easily missed.
  const message = "is no key of a namespace and is ignored; move it above the first [[namespaces]]";
  return { entry, notes: [noteOn(entry, "config-unknown-key", message)] };
}

/** A value that the Go gateway takes for another one, or for none. */
function asInGo(reading: Reading): Reading {
  const { path, entry } = reading;
  const key = path?.length === 1 ? String(path[0]) : "";
  const meaning = goMeaning(key, entry.value);
  if (meaning === undefined) return reading;
  const { value } = meaning;
  const [counts, other] = value === undefined ? ["not set", ""] : [showValue(value), "write that, or "];
  const what = `${showValue(entry.value)} counts as ${counts}, as with the Go gateway`;
  const remedy = `${other}remove the line for the default (${defaultOf(key)})`;
  const notes = [...reading.notes, noteOn(entry, "config-ignored", `${what}; ${remedy}`)];
  return value === undefined ? { entry, notes } : { path: [key], entry: { ...entry, value }, notes };
}

function valuesOf(document: TomlDocument, readings: readonly Reading[], isFlat: boolean): RawTable {
  const top = readings.flatMap(({ path, entry }) => (path?.length === 1 ? [[path[0], entry.value] as const] : []));
  const tableOf = (index: number) =>
    Object.fromEntries(
      readings.flatMap(({ path, entry }) => (path?.[1] === index ? [[String(path[2]), entry.value] as const] : [])),
    );
  const values: RawTable = Object.fromEntries(top);
  if (isFlat) return { ...values, namespaces: [{ name: "default", ...tableOf(0) }] };
  if (document.namespaces === undefined) return values;
  return { ...values, namespaces: document.namespaces.map((_, index) => tableOf(index)) };
}

/** Elements of a list have lines of their own, also when their key moved into a namespace. */
function originsOf(document: TomlDocument, readings: readonly Reading[]): ReadonlyMap<string, Origin> {
  const isMoved = !has(document, "namespaces");
  return new Map(
    readings.flatMap(({ path, entry }) => {
      if (path === undefined) return [];
      const own: Origin = { kind: "file", place: entry.place, key: entry.key };
      const written = isMoved || path.length === 1 ? [entry.key] : path;
      const elements = Array.isArray(entry.value) ? [...entry.value.keys()] : [];
      return [
        [pathKey(path), own] as const,
        ...elements.map((index) => elementOrigin(document, { path, written, index, key: entry.key })),
      ];
    }),
  );
}

function elementOrigin(
  document: TomlDocument,
  at: { readonly path: KeyPath; readonly written: KeyPath; readonly index: number; readonly key: string },
): readonly [string, Origin] {
  const place = document.placeOf([...at.written, at.index]);
  return [pathKey([...at.path, at.index]), { kind: "file", place, key: `${at.key}[${at.index}]` }];
}

function flatNote(document: TomlDocument): Note {
  const flat = document.entries.filter((entry) => flatKeys.has(entry.key));
  const names = flat.map((entry) => entry.key).join(", ");
  const place = flat[0]?.place ?? document.file;
  return {
    code: "config-deprecated",
    subject: "namespaces",
    message: `${place}: ${names}: at top level are read as the namespace "default"; move them into a [[namespaces]] table`,
  };
}

function unknownKey(entry: Entry, known: readonly string[]): Note {
  const guess = nearest(entry.key, known);
  const hint = guess === undefined ? "remove it" : `did you mean ${guess}?`;
  return noteOn(entry, "config-unknown-key", `is not a known key and is ignored; ${hint}`);
}

function noteOn(entry: Entry, code: Note["code"], message: string): Note {
  const subject = showKey(entry.key);
  return { code, subject, message: `${entry.place}: ${subject}: ${message}` };
}

/** An old name and its new one, both set. */
function refuseDoubles(readings: readonly Reading[]): void {
  const seen = new Map<string, Entry>();
  for (const { path, entry } of readings) {
    if (path === undefined) continue;
    const first = seen.get(pathKey(path));
    if (first !== undefined) {
      const line = `${entry.place}: ${entry.key}: is the same key as ${first.key} of ${first.place}; remove one of them`;
      throw problemsError([line]);
    }
    seen.set(pathKey(path), entry);
  }
}

function has(document: TomlDocument, key: string): boolean {
  return document.entries.some((entry) => entry.key === key);
}

function hasNamespaces(document: TomlDocument, isFlat: boolean): boolean {
  return isFlat || has(document, "namespaces");
}

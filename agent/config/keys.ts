import * as v from "valibot";
import { configSchema, namespaceSchema } from "./schema.ts";
import { Secret } from "./secret.ts";

/** What a key holds, as far as the text of an environment variable must know. */
export type KeyKind = "text" | "flag" | "number" | "list" | "secret";

/** Keys that may stand at the top of a file. */
export const topLevelKeys: ReadonlyMap<string, KeyKind> = new Map(
  Object.entries(configSchema.entries)
    .filter(([key]) => key !== "namespaces" && key !== "legacy_flat")
    .map(([key, entry]) => [key, kindOf(v.getDefault(entry))]),
);

/** Keys of a `[[namespaces]]` table. */
export const namespaceKeys: ReadonlyMap<string, KeyKind> = new Map(
  Object.entries(namespaceSchema.entries).map(([key, entry]) => [
    key,
    key === "drove" ? "list" : kindOf(v.getDefault(entry)),
  ]),
);

/** Older names of keys, still read. */
export const legacyNames: ReadonlyMap<string, string> = new Map([
  ["maxfailsupstream", "nginx_max_fails"],
  ["failtimeoutupstream", "nginx_fail_timeout"],
  ["slowstartupstream", "nginx_slow_start"],
]);

/** True for keys whose values must never be shown. */
export function isSecretKey(key: string): boolean {
  return (topLevelKeys.get(key) ?? namespaceKeys.get(key)) === "secret";
}

/** The default of a key, printed; undefined when it has none worth naming. */
export function defaultOf(key: string): string | undefined {
  const entries: Readonly<Record<string, v.GenericSchema>> = { ...namespaceSchema.entries, ...configSchema.entries };
  const entry = Object.hasOwn(entries, key) ? entries[key] : undefined;
  const value: unknown = entry === undefined ? undefined : v.getDefault(entry);
  return typeof value === "number" || typeof value === "boolean" || (typeof value === "string" && value !== "")
    ? String(value)
    : undefined;
}

function kindOf(fallback: unknown): KeyKind {
  if (typeof fallback === "boolean") return "flag";
  if (typeof fallback === "number") return "number";
  if (Array.isArray(fallback)) return "list";
  return fallback instanceof Secret ? "secret" : "text";
}

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as v from "valibot";
import { namespaceKeys, topLevelKeys } from "../../../agent/config/keys.ts";
import { configSchema, namespaceSchema } from "../../../agent/config/schema.ts";
import { Secret } from "../../../agent/config/secret.ts";
import { readToml } from "../../../agent/config/toml-layer.ts";
import { readText, tableRows } from "./files.ts";

const rows = tableRows(readText("README.md"));
const sections = [
  { of: "the file", keys: topLevelKeys, entries: configSchema.entries },
  { of: "a namespace", keys: namespaceKeys, entries: namespaceSchema.entries },
] as const;

for (const { of, keys, entries } of sections) {
  describe(`the README's table of the keys of ${of}`, () => {
    const defaults = new Map<string, unknown>(
      Object.entries(entries).map(([key, entry]) => [key, v.getDefault(entry)]),
    );
    for (const [key, kind] of keys) {
      test(`${key} is there once, with its type and default`, () => {
        const found = rows.filter((row) => row[0] === `\`${key}\`` && row.length === 4);
        assert.equal(found.length, 1, `${key} stands in ${found.length} rows`);
        assert.deepEqual(found[0]?.slice(1, 3), [kind, shown(defaults.get(key))]);
        assert.notEqual(found[0]?.[3], "");
      });
    }
  });
}

test("the README's tables of keys name no key that is not there", () => {
  const types = new Set<string>([...topLevelKeys.values(), ...namespaceKeys.values()]);
  const named = rows.flatMap((row) =>
    row.length === 4 && types.has(row[1] ?? "") ? [row[0]?.replaceAll("`", "")] : [],
  );
  assert.deepEqual(new Set(named), new Set([...topLevelKeys.keys(), ...namespaceKeys.keys()]));
});

test("the README tells every default that is another one in the image", () => {
  const images = ["image/nginx.toml", "image/haproxy.toml"].map((file) => readToml(readText(file), file).values);
  // Which image it is says proxy_platform by itself.
  const { proxy_platform: _, ...values } = Object.assign({}, ...images) as Readonly<Record<string, unknown>>;
  const differ = Object.entries(values).filter(([key, value]) => value !== v.getDefault(entryOf(key)));
  assert.ok(differ.length > 0);
  const told = rows.flatMap(([key = "", , , meaning = ""]) => {
    const value = /The image: `([^`]*)`/.exec(meaning)?.[1];
    return value === undefined ? [] : [[key.replaceAll("`", ""), value] as const];
  });
  assert.deepEqual(new Map(told), new Map(differ.map(([key, value]) => [key, String(value)])));
});

function entryOf(key: string): v.GenericSchema {
  const entries: Readonly<Record<string, v.GenericSchema>> = configSchema.entries;
  const entry = entries[key];
  assert.ok(entry !== undefined, key);
  return entry;
}

function shown(value: unknown): string {
  if (value === undefined) return "required";
  return `\`${value instanceof Secret ? '""' : JSON.stringify(value)}\``;
}

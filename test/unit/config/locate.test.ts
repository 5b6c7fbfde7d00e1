import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parse, stringify } from "smol-toml";
import { locateKeys } from "../../../agent/config/locate.ts";

describe("locateKeys", () => {
  test("finds keys, tables, lists of tables and their elements", () => {
    const source = `# comment = 1
Port = 6000   # port = 7
text = """
port = 9
\\""" still"""" # x
list = [ # one
  "a]", 'b"', # two

  { inner = 1, deep = [1,
    2] },
]
"quoted.key" = 1
a . b = 2

[[namespaces]]
name = 'a'
[[ namespaces ]] # another
name = """
b"""
drove = ["http://x",
"http://y"]
[namespaces.sub]
z = 1979-05-27 07:32:00
[statsd]
addr = ''''quoted''''
last = 1
`;
    assert.doesNotThrow(() => parse(source));
    assert.deepEqual(Object.fromEntries(locateKeys(source)), {
      port: 2,
      text: 3,
      list: 6,
      "list.0": 7,
      "list.1": 7,
      "list.2": 9,
      "list.2.inner": 9,
      "list.2.deep": 9,
      "list.2.deep.0": 9,
      "list.2.deep.1": 10,
      "quoted.key": 12,
      "a.b": 13,
      namespaces: 15,
      "namespaces.0": 15,
      "namespaces.0.name": 16,
      "namespaces.1": 17,
      "namespaces.1.name": 18,
      "namespaces.1.drove": 20,
      "namespaces.1.drove.0": 20,
      "namespaces.1.drove.1": 21,
      "namespaces.1.sub": 22,
      "namespaces.1.sub.z": 23,
      statsd: 24,
      "statsd.addr": 25,
      "statsd.last": 26,
    });
  });

  test("counts Windows lines", () => {
    assert.deepEqual(
      [...locateKeys('a = 1\r\n\r\nb = """x\r\ny"""\r\nc = 3')],
      [
        ["a", 1],
        ["b", 3],
        ["c", 5],
      ],
    );
  });

  test("ends on any text, valid or not", () => {
    const hostile = fc.string({ unit: fc.constantFrom(..."[]{}=,.\"'#\\\n ab1"), maxLength: 60 });
    fc.assert(fc.property(hostile, (source) => locateKeys(source) instanceof Map));
  });

  test("the line it gives holds the key, whatever the values are", () => {
    const key = fc.stringMatching(/^[a-z]{1,6}$/);
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string(), { maxLength: 3 }));
    const tables = fc.record({
      top: fc.dictionary(key, value),
      rows: fc.array(fc.dictionary(key, value), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(tables, ({ top, rows }) => {
        const source = stringify({ ...top, Rows: rows });
        const lines = source.split("\n");
        const found = locateKeys(source);
        const rowKeys = rows.flatMap((row, index) =>
          Object.keys(row).map((name) => [`rows.${index}.${name}`, name] as const),
        );
        const topKeys = Object.keys(top)
          .filter((name) => name !== "rows")
          .map((name) => [name, name] as const);
        for (const [path, name] of [...topKeys, ...rowKeys]) {
          const line = lines[(found.get(path) ?? 0) - 1] ?? "";
          assert.ok(line.startsWith(`${name} =`), `${path}: ${JSON.stringify(line)} in ${JSON.stringify(source)}`);
        }
      }),
    );
  });
});

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { type SourceFile, sourceFiles } from "./source-files.ts";

const require = createRequire(import.meta.url);

/** The names of undici that a file calls; types are gone at run time. */
function calledBy({ imports, code }: SourceFile): readonly string[] {
  const names = imports.filter((one) => one.from === "undici").flatMap((one) => one.names);
  return names.filter((name) => new RegExp(`\\b${name}\\(`).test(code));
}

test("what the agent calls of undici is in the bundle's part of it", () => {
  const bundled: object = require(join(import.meta.dirname, "..", "..", "..", "image", "undici-core.cjs"));
  const called = sourceFiles().flatMap(calledBy);
  assert.ok(called.length > 0);
  assert.deepEqual(
    called.filter((name) => !(name in bundled)),
    [],
  );
});

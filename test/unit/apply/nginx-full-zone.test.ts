import assert from "node:assert/strict";
import { appendFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createFullZone } from "../../../agent/apply/nginx-full-zone.ts";
import { newFolder } from "./folder.ts";

const full = (zone = "drove_gateway") =>
  `2026/01/02 03:04:05 [crit] 12#12: ngx_slab_alloc() failed: no memory in upstream zone "${zone}"\n`;

async function started(t: TestContext) {
  const path = join(await newFolder(t), "error.log");
  await writeFile(path, full("former"));
  const fullZone = createFullZone();
  const codes = async () => (await fullZone.look(path)).map((note) => `${note.code} ${note.subject}`);
  return { path, fullZone, codes };
}

test("a zone that is full is noted from then on, until nginx is reloaded", async (t) => {
  const { path, fullZone, codes } = await started(t);
  assert.deepEqual(await codes(), [], "what was said before the first look may be of long ago");
  await appendFile(path, "2026/01/02 03:04:05 [error] 12#12: something else\n");
  assert.deepEqual(await codes(), []);
  await appendFile(path, full());
  assert.deepEqual(await codes(), ["zone-full drove_gateway"]);
  assert.deepEqual(await codes(), ["zone-full drove_gateway"]);
  await appendFile(path, full());
  await fullZone.forget(path);
  assert.deepEqual(await codes(), []);
  await appendFile(path, full());
  assert.deepEqual(await codes(), ["zone-full drove_gateway"], "after the reload too");
});

test("a log that grew by megabytes, was rotated, or is another one is no hindrance", async (t) => {
  const { path, fullZone, codes } = await started(t);
  await codes();
  await appendFile(path, `${"x".repeat(1_000_000)}\n${full()}`);
  assert.deepEqual(await codes(), ["zone-full drove_gateway"]);
  await fullZone.forget(path);
  await truncate(path, 0);
  await appendFile(path, full("after rotation"));
  assert.deepEqual(await codes(), ["zone-full after rotation"]);
  await fullZone.forget(path);
  const other = `${path}.2`;
  await writeFile(other, full("of another log"));
  assert.deepEqual(await fullZone.look(other), []);
  assert.deepEqual(await fullZone.look(undefined), []);
  assert.deepEqual(await fullZone.look(join(other, "none")), []);
});

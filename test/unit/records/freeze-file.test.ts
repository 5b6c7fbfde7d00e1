import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createFreezeFile } from "../../../agent/records/freeze-file.ts";
import { newFolder } from "../apply/folder.ts";

test("a freeze is there until it is removed, and the directory need not be", async (t) => {
  const directory = join(await newFolder(t), "state");
  const file = createFreezeFile(directory, { timeoutMs: 5000 });
  assert.equal(await file.load(), undefined);
  for (const until of [undefined, 5]) {
    const freeze = { since: 1, until, reason: 'say "no"' };
    await file.save(freeze);
    assert.deepEqual(await createFreezeFile(directory, { timeoutMs: 5000 }).load(), freeze);
  }
  await file.remove();
  await file.remove();
  assert.equal(await file.load(), undefined);
  assert.deepEqual(await readdir(directory), []);
});

test("a file that is no freeze is an error that names it", async (t) => {
  const directory = await newFolder(t);
  const file = createFreezeFile(directory, { timeoutMs: 5000 });
  for (const text of ["", "{", "[]", '{"since":"yesterday","reason":""}']) {
    await writeFile(join(directory, "freeze.json"), text);
    await assert.rejects(file.load(), { code: "disk-failed", message: /freeze\.json/ });
  }
});

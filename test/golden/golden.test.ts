import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { caseFolders, caseName, runCase } from "./golden-case.ts";

/** `UPDATE_GOLDEN=1` writes what comes out as what is expected: read the difference before you commit it. */
const isUpdate = process.env["UPDATE_GOLDEN"] === "1";

for (const folder of caseFolders()) {
  test(caseName(folder), async () => {
    const { conf, plan, notes } = await runCase(folder);
    await expectFile(join(folder, "expected.conf"), conf);
    await expectFile(join(folder, "expected-plan.json"), `${JSON.stringify(plan, undefined, 2)}\n`);
    await expectFile(join(folder, "expected-notes.json"), `${JSON.stringify(notes, undefined, 2)}\n`);
  });
}

test("there are cases", () => {
  assert.ok(caseFolders().length >= 15);
});

async function expectFile(path: string, actual: string): Promise<void> {
  if (isUpdate) await writeFile(path, actual);
  assert.equal(actual, await readFile(path, "utf8"), `${path} differs; UPDATE_GOLDEN=1 accepts what comes out`);
}

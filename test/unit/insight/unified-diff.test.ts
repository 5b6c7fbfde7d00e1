import assert from "node:assert/strict";
import { test } from "node:test";
import { unifiedDiff } from "../../../agent/insight/unified-diff.ts";

const diff = (before: string, after: string) => unifiedDiff({ name: "a", text: before }, { name: "b", text: after });
const numbered = (word: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${word} ${index}\n`).join("");

test("equal texts have no diff", async () => {
  assert.equal(await diff("x\n", "x\n"), "");
});

test("a changed line is shown with three lines around it", async () => {
  const before = numbered("line", 20);
  const lines = (await diff(before, before.replace("line 9\n", "other\n"))).split("\n");
  assert.deepEqual(lines.slice(0, 3), ["--- a", "+++ b", "@@ -7,7 +7,7 @@"]);
  assert.deepEqual(lines.slice(3), [
    " line 6",
    " line 7",
    " line 8",
    "-line 9",
    "+other",
    " line 10",
    " line 11",
    " line 12",
    "",
  ]);
});

test("texts that have hardly anything in common are shown as one in place of the other, before anybody gets impatient", async () => {
  const shared = "first\n";
  const text = await diff(shared + numbered("one", 40_000), shared + numbered("other", 40_000));
  const lines = text.split("\n");
  assert.deepEqual(lines.slice(0, 4), ["--- a", "+++ b", "@@ -2,40000 +2,40000 @@", "-one 0"]);
  assert.equal(lines.filter((line) => line.startsWith("+other")).length, 40_000);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { rampPercent, shareOf } from "../../../agent/apply/ramp.ts";

test("the share grows evenly from a tenth to all of it", () => {
  const at = (elapsedMs: number) => rampPercent(elapsedMs, 10_000);
  assert.deepEqual([0, 2500, 5000, 9999, 10_000, 1e9].map(at), [10, 32, 55, 99, 100, 100]);
  assert.equal(at(-5), 10);
  assert.equal(rampPercent(0, 0), 100, "no time to warm up");
});

test("a share of a weight is whole, and never none", () => {
  assert.deepEqual([shareOf(100, 10), shareOf(256, 55), shareOf(7, 50)], [10, 140, 3]);
  assert.deepEqual([shareOf(5, 10), shareOf(1, 99), shareOf(2, 10)], [1, 1, 1]);
});

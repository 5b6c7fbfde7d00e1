import assert from "node:assert/strict";
import { test } from "node:test";
import { withLastKnown } from "../../../agent/insight/last-known.ts";
import { runningWith } from "../plan/fixtures.ts";
import { cycleOf } from "./cycles.ts";

test("what a cycle that failed did not come to know is as it was before, and the rest is its own", () => {
  const before = cycleOf();
  const error = new Error("the socket does not answer");
  const failed = { tookMs: 2, nextInMs: 2, error };
  const { built, made, running } = before;
  assert.deepEqual(withLastKnown(failed, before), { ...failed, built, made, running });
  assert.deepEqual(withLastKnown(failed, undefined), failed);
  const own = cycleOf({ running: runningWith("newer") });
  assert.deepEqual(withLastKnown(own, before), own);
});

test("what the last good template's cycle found is newer than what was known before", () => {
  const running = runningWith("of the fallback");
  const before = cycleOf();
  const { built, made } = before;
  const failed = { tookMs: 2, nextInMs: 2, error: new Error("no template"), fallback: { running } };
  assert.deepEqual(withLastKnown(failed, before), { ...failed, built, made, running });
});

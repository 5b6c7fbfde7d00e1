import assert from "node:assert/strict";
import { test } from "node:test";
import { withProven, withStopping, withTurn } from "../../../agent/status/board.ts";
import { liveProbe, readyProbe } from "../../../agent/status/probes.ts";
import { newBoard } from "./fixtures.ts";

const proven = { at: 1, generation: "0123456789abcdef", proof: "generation" } as const;

test("live until the loop has been quiet for three of its longest intervals", () => {
  const board = withTurn(newBoard(), { at: 0, monotonic: 50_000, longestIntervalMs: 2000 });
  assert.equal(liveProbe(board, 56_000).status, 200);
  const stuck = liveProbe(board, 56_001);
  assert.equal(stuck.status, 503);
  assert.match(stuck.message, /has not turned for 6 s, more than 6 s/);
});

test("a loop that never turned is stuck, measured from the start", () => {
  assert.equal(liveProbe(newBoard(), 7000).status, 200);
  assert.equal(liveProbe(newBoard(), 7001).status, 503);
});

test("an agent that is stopping is alive", () => {
  assert.equal(liveProbe(withStopping(newBoard()), 1e9).status, 200);
});

test("ready from the first proven apply until told to stop", () => {
  assert.equal(readyProbe(newBoard()).status, 503);
  const ready = withProven(newBoard(), proven);
  assert.equal(readyProbe(ready).status, 200);
  assert.equal(readyProbe(withStopping(ready)).status, 503);
});

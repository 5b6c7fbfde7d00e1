import assert from "node:assert/strict";
import { test } from "node:test";
import { auditMs } from "../../../agent/agent.ts";
import { createReporter } from "../../../agent/report.ts";
import { createBoardHolder } from "../../../agent/status/board.ts";
import { createMetrics } from "../../../agent/status/metrics.ts";
import { liveProbe } from "../../../agent/status/probes.ts";
import { newBoard, recordingLogger } from "../status/fixtures.ts";
import { snapshotOf, startLoop } from "./stubs.ts";

/** A running loop, whose cycles are reported as the agent's are. */
async function watched() {
  const loop = startLoop();
  const board = createBoardHolder(newBoard());
  const parts = { board, metrics: createMetrics(), log: recordingLogger(), clock: loop.clock };
  const report = createReporter({ ...parts, onFirstProof: () => undefined });
  const memory = { reported: 0 };
  const cycles = async (count: number) => {
    await loop.idle(count);
    for (const cycle of loop.cycles.slice(memory.reported)) report(cycle);
    memory.reported = loop.cycles.length;
  };
  await cycles(1);
  return { loop, cycles, live: () => liveProbe(board.read(), loop.clock.monotonic()).status };
}

test("a loop that hangs in a stage is found out after three intervals, and is alive again when it turns", async () => {
  const { loop, cycles, live } = await watched();
  const hangs = Promise.withResolvers<void>();
  loop.world.applying = hangs.promise;
  loop.world.snapshots = [snapshotOf(["a.test", "b.test"])];
  loop.ring();
  // An interval is the pause until the next audit, and the longest that its work takes: a minute.
  const allowedMs = 3 * (auditMs + 60_000);
  await loop.clock.advance(allowedMs);
  assert.equal(live(), 200);
  await loop.clock.advance(1);
  assert.equal(live(), 503);
  hangs.resolve();
  await cycles(2);
  assert.equal(live(), 200);
  loop.stop();
  await loop.done;
});

test("a loop that has nothing to do is alive for as long as it turns", async () => {
  const { loop, cycles, live } = await watched();
  for (let turns = 2; turns < 100; turns += 1) {
    await loop.clock.advance(auditMs);
    await cycles(turns);
    assert.equal(live(), 200);
  }
  loop.stop();
  await loop.done;
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { createWake } from "../../../agent/clock.ts";
import { createFreezer } from "../../../agent/freezer.ts";
import { createHold } from "../../../agent/hold.ts";
import type { StoredFreeze } from "../../../agent/records/freeze-file.ts";
import { fileOf } from "../plan/fixtures.ts";
import { recordingLogger } from "../status/fixtures.ts";
import { fakeClock } from "./fake-clock.ts";

/** A freezer over a file in memory, or over one that fails. */
function freezerOver(kept: { freeze: StoredFreeze | undefined; fails?: boolean } | undefined) {
  const clock = fakeClock();
  const log = recordingLogger();
  const wake = createWake(clock);
  const hold = createHold(clock, { maxMs: () => 1000, onOverdue: () => undefined });
  const keep = async (freeze: StoredFreeze | undefined) => {
    if (kept?.fails) throw new Error("disk is gone");
    Object.assign(kept ?? {}, { freeze });
  };
  const load = () => (kept?.fails ? Promise.reject(new Error("disk is gone")) : Promise.resolve(kept?.freeze));
  const recorded = async (generation: number) => {
    if (generation !== 7) throw new Error("no such generation");
    return fileOf("old");
  };
  const file = kept && { load, save: keep, remove: () => keep(undefined) };
  return { clock, log, hold, freezer: createFreezer({ hold, file, recorded, wake, clock, log }) };
}

test("a freeze holds until its time is over", async () => {
  const { clock, hold, freezer } = freezerOver({ freeze: undefined });
  const freeze = await freezer.freeze({ forMs: 5000, reason: "inventory" });
  assert.deepEqual(freeze, { since: 1_000_000, until: 1_005_000, reason: "inventory", saved: true });
  await clock.advance(4999);
  assert.equal(hold.held()?.by, "freeze");
  await clock.advance(1);
  assert.equal(hold.held(), undefined);
  assert.equal(await freezer.thaw(), false);
});

test("one without an end holds until it is thawed, whatever the proxy does", async () => {
  const { clock, hold, freezer } = freezerOver({ freeze: undefined });
  await freezer.freeze({ forMs: undefined, reason: "" });
  hold.begin();
  assert.equal(hold.held()?.by, "proxy-restart");
  assert.equal(hold.frozen()?.reason, "");
  hold.end();
  await clock.advance(10 ** 9);
  assert.equal(hold.held()?.by, "freeze");
  assert.equal(await freezer.thaw(), true);
  assert.equal(hold.held(), undefined);
});

test("it outlives the agent, and a thaw does too", async () => {
  const kept = { freeze: undefined };
  await freezerOver(kept).freezer.freeze({ forMs: undefined, reason: "inventory" });
  const second = freezerOver(kept);
  await second.freezer.restore();
  assert.equal(second.hold.held()?.by, "freeze");
  assert.match(second.log.lines.join("\n"), /still frozen.*inventory/);
  await second.freezer.thaw();
  const third = freezerOver(kept);
  await third.freezer.restore();
  assert.equal(third.hold.held(), undefined);
});

test("one whose time is over is not taken up again", async () => {
  const { freezer, hold, log } = freezerOver({ freeze: { since: 1, until: 2, reason: "" } });
  await freezer.restore();
  assert.deepEqual([hold.held(), log.lines], [undefined, []]);
});

test("where nothing is kept, or the disk fails, it holds all the same and says so", async () => {
  for (const kept of [undefined, { freeze: undefined, fails: true }]) {
    const { freezer, hold } = freezerOver(kept);
    await freezer.restore();
    assert.equal((await freezer.freeze({ forMs: undefined, reason: "" })).saved, false);
    assert.equal(hold.held()?.by, "freeze");
    assert.equal(await freezer.thaw(), true);
    assert.equal(hold.held(), undefined);
  }
});

test("what was rolled back to is pinned again, from the history", async () => {
  const kept = { freeze: undefined };
  const rollback = { generation: 7, file: fileOf("old") };
  await freezerOver(kept).freezer.freeze({ forMs: undefined, reason: "", rollback });
  const { freezer, hold } = freezerOver(kept);
  await freezer.restore();
  assert.deepEqual(hold.held(), { by: "freeze", since: 1_000_000, until: undefined, reason: "", rollback });
});

test("where the history has lost it the freeze stays, and the proxy keeps what it has", async () => {
  const { freezer, hold, log } = freezerOver({ freeze: { since: 1, until: undefined, reason: "", rollback: 8 } });
  await freezer.restore();
  assert.deepEqual(hold.held(), { by: "freeze", since: 1, until: undefined, reason: "" });
  assert.match(log.lines.join("\n"), /what was rolled back to cannot be read.*no such generation/);
});

test("what is thawed while the proxy restarts was frozen", async () => {
  const { hold, freezer } = freezerOver({ freeze: undefined });
  await freezer.freeze({ forMs: undefined, reason: "" });
  hold.begin();
  assert.equal(await freezer.thaw(), true);
  hold.end();
  assert.equal(hold.held(), undefined);
});

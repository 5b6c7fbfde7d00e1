import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentError } from "../../../agent/errors.ts";
import { inputsOf, type Loop, reasonsOf, snapshotOf, turn, withLoop } from "./stubs.ts";

/** Inputs of which a reload waits above two generations, for ten seconds. */
function governed() {
  const inputs = inputsOf();
  return { ...inputs, config: { ...inputs.config, max_old_workers: 2, max_reload_delay_sec: 10 } };
}

const served = (loop: Loop) => [...new Set(loop.world.file?.text.match(/[a-z]\.test/g))];

async function crowd(loop: Loop, vhosts: readonly string[]): Promise<void> {
  loop.world.oldGenerations = 3;
  loop.world.snapshots = [snapshotOf(vhosts)];
  await turn(loop);
}

test("a reload waits, later changes join it, and one reload brings them all when the time is up", async () => {
  await withLoop({ inputs: governed() }, async (loop) => {
    await crowd(loop, ["a.test", "b.test"]);
    const [held] = loop.cycles.slice(-1).map((cycle) => cycle.held);
    const times = { since: loop.clock.now(), until: loop.clock.now() + 10_000 };
    assert.deepEqual(held, { by: "old-workers", ...times, oldGenerations: 3, maxOldGenerations: 2 });
    assert.equal(loop.cycles.at(-1)?.waiting?.kind, "reload");
    assert.equal(loop.counts.checked, 1, "what the proxy would refuse is known at once");

    await loop.clock.advance(9000);
    await crowd(loop, ["a.test", "b.test", "c.test"]);
    assert.equal(loop.applied.length, 1);
    assert.equal(loop.counts.checked, 2);
    const { nextInMs, held: later } = loop.cycles.at(-1) ?? {};
    assert.deepEqual([nextInMs, later?.by === "old-workers" && later.until], [1000, times.until]);

    const turns = loop.cycles.length;
    await loop.clock.advance(1000);
    await loop.idle(turns + 1);
    assert.deepEqual(reasonsOf(loop).slice(1), ["reload vhost-added"]);
    assert.deepEqual(served(loop), ["a.test", "b.test", "c.test"]);

    await crowd(loop, ["a.test"]);
    assert.equal(loop.applied.length, 2, "the next one waits its own time");
    assert.equal(loop.cycles.at(-1)?.held?.since, loop.clock.now());
  });
});

test("it waits no longer once there are few enough: the loop looks by itself", async () => {
  await withLoop({ inputs: governed() }, async (loop) => {
    await crowd(loop, ["a.test", "b.test"]);
    loop.world.oldGenerations = 2;
    const turns = loop.cycles.length;
    await loop.clock.advance(1000);
    await loop.idle(turns + 1);
    assert.deepEqual(served(loop), ["a.test", "b.test"]);
    assert.equal(loop.cycles.at(-1)?.held, undefined);
  });
});

test("changes that take each other back leave nothing to wait for, and the next begins anew", async () => {
  await withLoop({ inputs: governed() }, async (loop) => {
    await crowd(loop, ["a.test", "b.test"]);
    await loop.clock.advance(9000);
    await crowd(loop, ["a.test"]);
    assert.deepEqual([loop.cycles.at(-1)?.held, loop.applied.length], [undefined, 1]);
    await crowd(loop, ["a.test", "b.test"]);
    assert.equal(loop.cycles.at(-1)?.held?.since, loop.clock.now());
  });
});

test("what the proxy would refuse is told while it waits, and asked about again", async () => {
  await withLoop({ inputs: governed() }, async (loop) => {
    loop.world.refuses = (text) => (text.includes("b.test") ? new AgentError("proxy-refused-config", "no") : undefined);
    await crowd(loop, ["a.test", "b.test"]);
    const { error, quarantined } = loop.cycles.at(-1) ?? {};
    assert.deepEqual([error, quarantined?.map((one) => one.appId)], [undefined, ["b.test-1"]]);
    assert.deepEqual(served(loop), ["a.test"]);
  });
});

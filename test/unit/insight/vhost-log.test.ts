import assert from "node:assert/strict";
import { test } from "node:test";
import { createVhostLog } from "../../../agent/insight/vhost-log.ts";
import { appliedOf, stateOf, vhostOf } from "../plan/fixtures.ts";
import { cycleOf, planOf } from "./cycles.ts";

const report = { generation: "g", proof: "generation", tookMs: { check: 0, reload: 0 }, failed: [] } as const;
const done = (before: readonly string[], after: readonly string[]) =>
  cycleOf({
    applied: appliedOf(before.map((name) => vhostOf(name))),
    built: { value: stateOf(after.map((name) => vhostOf(name))), notes: [], counts: [] },
    plan: planOf("new"),
    report,
  });

test("a vhost is known since it came, with its last change, and when it went", () => {
  const log = createVhostLog();
  assert.deepEqual(log.of("a.test"), { since: undefined, lastChange: undefined });
  log.record(done(["a.test"], ["a.test", "b.test"]), 1000);
  assert.deepEqual(log.of("b.test"), { since: 1000, lastChange: { at: 1000, what: "added with 1 instance" } });
  assert.equal(log.of("a.test").lastChange, undefined);
  const change = done(["b.test"], ["b.test"]);
  const grown = vhostOf("b.test", { members: [], tags: { color: "blue" } });
  log.record({ ...change, built: { value: stateOf([grown]), notes: [], counts: [] } }, 2000);
  assert.deepEqual(log.of("b.test"), { since: 1000, lastChange: { at: 2000, what: "1 instance left, other tags" } });
  log.record(done(["b.test"], []), 3000);
  assert.deepEqual(log.gone("b.test"), { vhost: "b.test", at: 3000, appIds: ["b.test-1"] });
  assert.equal(log.of("b.test").since, undefined);
  log.record(done([], ["b.test"]), 4000);
  assert.equal(log.gone("b.test"), undefined);
});

test("what the very first configuration had is known since then", () => {
  const log = createVhostLog();
  const reasons = [{ code: "first-config", subjects: ["nginx.conf"], count: 1 }] as const;
  const { applied: none, ...begun } = done([], ["a.test"]);
  assert.ok(none);
  log.record({ ...begun, plan: planOf("new", { reasons }), error: new Error("no") }, 500);
  assert.equal(log.of("a.test").since, undefined);
  log.record({ ...begun, plan: planOf("new", { reasons }) }, 1000);
  assert.deepEqual(log.of("a.test"), { since: 1000, lastChange: undefined });
  log.record(done(["a.test"], []), 2000);
  assert.equal(log.of("a.test").since, undefined);
});

test("what failed or waits has not happened", () => {
  const log = createVhostLog();
  const cycle = done([], ["b.test"]);
  log.record({ ...cycle, error: new Error("no") }, 1000);
  log.record({ ...cycle, waiting: planOf("new") }, 1000);
  const { report: none, ...planned } = cycle;
  assert.ok(none);
  log.record(planned, 1000);
  assert.equal(log.of("b.test").since, undefined);
});

test("of those that went only the newest are remembered", () => {
  const log = createVhostLog();
  log.record(
    done(
      Array.from({ length: 1500 }, (_, index) => `v${index}.test`),
      [],
    ),
    1000,
  );
  assert.deepEqual([log.gone("v499.test"), log.gone("v500.test")?.at], [undefined, 1000]);
});

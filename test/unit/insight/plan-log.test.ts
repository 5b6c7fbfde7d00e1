import assert from "node:assert/strict";
import { test } from "node:test";
import { createPlanLog } from "../../../agent/insight/plan-log.ts";
import { cycleOf, planOf } from "./cycles.ts";

const report = { generation: "g", proof: "generation", tookMs: { check: 0, reload: 0 }, failed: [] } as const;
const held = { by: "freeze", since: 0, until: undefined, reason: "" } as const;

test("what was applied, failed or is held is remembered, newest first; what had nothing to do is not", () => {
  const log = createPlanLog();
  log.record(cycleOf({ plan: planOf("new"), report }), 1000);
  log.record(cycleOf({ plan: planOf("new", { kind: "none" }) }), 2000);
  log.record(cycleOf({ plan: planOf("new"), error: new Error("no\nway") }), 3000);
  log.record(cycleOf({ error: new Error("no template") }), 4000);
  log.record(cycleOf({ held, waiting: planOf("new"), plan: planOf("old", { kind: "none" }) }), 5000);
  log.record(cycleOf({ held, waiting: planOf("new", { kind: "none" }) }), 6000);
  assert.deepEqual(
    log.list().map(({ at, kind, outcome, error }) => [at.slice(17, 19), kind, outcome, error]),
    [
      ["05", "reload", "held", undefined],
      ["04", "unknown", "failed", "no template"],
      ["03", "reload", "failed", "no way"],
      ["01", "reload", "applied", undefined],
    ],
  );
});

test("what fails again and again is one line, what is applied again is not", () => {
  const log = createPlanLog();
  for (const at of [1000, 2000, 3000]) log.record(cycleOf({ plan: planOf("new"), error: new Error("no") }), at);
  assert.deepEqual(
    log.list().map(({ at, times }) => [at.slice(17, 19), times]),
    [["03", 3]],
  );
  for (const at of [4000, 5000]) log.record(cycleOf({ plan: planOf("new"), report }), at);
  assert.equal(log.list().length, 3);
});

test("only the newest are kept", () => {
  const log = createPlanLog();
  for (let at = 0; at < 60; at += 1) log.record(cycleOf({ plan: planOf("new"), report }), at);
  assert.deepEqual([log.list().length, log.list()[0]?.at], [50, "1970-01-01T00:00:00.059Z"]);
});

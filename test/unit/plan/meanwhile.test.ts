import assert from "node:assert/strict";
import { test } from "node:test";
import type { Backend } from "../../../agent/model.ts";
import type { PlanInputs } from "../../../agent/plan/inputs.ts";
import { planMeanwhile } from "../../../agent/plan/meanwhile.ts";
import { describeReasons, describeStep } from "../../../agent/plan/plan.ts";
import { appliedOf, fileOf, runningWith } from "./fixtures.ts";
import { backendOf, havingAll } from "./haproxy.ts";

const before = [backendOf("a.test"), backendOf("b.test")];
const wanted = [
  backendOf("a.test", { hosts: ["10.0.0.2"] }),
  backendOf("b.test", { hosts: ["10.0.0.1", "10.0.0.3"] }),
  backendOf("new.test"),
];

function meanwhile(backends: readonly Backend[], changes: Partial<PlanInputs> = {}) {
  const running = runningWith("old", { runtime: havingAll(before) });
  const applied = appliedOf([], { backends: before });
  const inputs = { wanted: { ...applied, backends }, applied, refused: undefined, running, serverPrefix: "server_" };
  return planMeanwhile({ ...inputs, ...changes }, fileOf("old"));
}

test("instances of what the proxy has come and go; its file stays, and what it lacks waits", () => {
  const plan = meanwhile(wanted);
  assert.deepEqual(plan?.steps.map(describeStep), [
    "add a.test/server_10.0.0.2_80",
    "add b.test/server_10.0.0.3_80",
    "remove a.test/server_10.0.0.1_80",
  ]);
  assert.deepEqual([plan.kind, plan.writes, plan.file.text], ["runtime", false, "old"]);
  assert.equal(describeReasons(plan.reasons), "members-changed a.test, b.test");
});

test("what went ahead is part of it: its file may have to follow", () => {
  const [step] = meanwhile(wanted)?.steps ?? [];
  assert.ok(step !== undefined);
  const plan = meanwhile(before, { taken: [step] });
  assert.deepEqual([plan?.kind, plan?.steps, plan?.taken], ["runtime", [], [step]]);
  assert.equal(plan && describeReasons(plan.reasons), "members-changed a.test");
});

test("what refused its servers is not asked again", () => {
  const plan = meanwhile(wanted, { refused: { backends: ["a.test"], text: "new" } });
  assert.deepEqual(plan?.steps.map(describeStep), ["add b.test/server_10.0.0.3_80"]);
});

test("there is nothing to do where all is there, or nothing can be changed", () => {
  assert.equal(meanwhile(before), undefined);
  assert.equal(meanwhile(wanted, { running: runningWith("old") }), undefined);
});

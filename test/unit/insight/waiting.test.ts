import assert from "node:assert/strict";
import { test } from "node:test";
import { configDiff } from "../../../agent/insight/config-diff.ts";
import { waitingView } from "../../../agent/insight/waiting.ts";
import { cycleOf, planOf } from "./cycles.ts";

const held = { by: "freeze", since: 0, until: undefined, reason: "" } as const;
const none = planOf("old", { kind: "none", reasons: [] });

test("what is held waits, with its changes and its diff", async () => {
  const cycle = cycleOf({ held, waiting: planOf("new"), plan: none });
  const { state, plan, changes } = waitingView(cycle);
  assert.equal(state, "waiting");
  assert.deepEqual([plan?.kind, plan?.generation, plan?.serves], ["reload", "generation-of-new", "generation-of-old"]);
  assert.deepEqual(changes?.added, [{ vhost: "b.test", members: ["http://10.0.0.1:8080"] }]);
  const { file, diff } = (await configDiff(cycle)) ?? {};
  assert.equal(file, "/etc/x.conf");
  assert.match(diff ?? "", /^--- \/etc\/x\.conf\n\+\+\+ \/etc\/x\.conf \(waiting\)\n@@ .* @@\n-old\n/);
});

test("what failed is told with its error, and waits as well", async () => {
  const error = new Error("nginx says\nno");
  const view = waitingView(cycleOf({ error, plan: planOf("new") }));
  assert.deepEqual([view.state, view.error, view.plan?.kind], ["failing", "nginx says no", "reload"]);
  const unplanned = waitingView(cycleOf({ error }));
  assert.deepEqual([unplanned.state, unplanned.plan], ["failing", undefined]);
});

test("steps that the proxy refused are a failure", () => {
  const step = { kind: "add", backend: "b", server: { name: "s" } } as const;
  const failed = [
    { step: { ...step, kind: "remove" as const }, message: "no" },
    { step: { ...step, kind: "remove" as const }, message: "no" },
  ];
  const report = { generation: "g", proof: "runtime", tookMs: { check: 0, reload: 0 }, failed } as const;
  const { state, error } = waitingView(cycleOf({ plan: planOf("new", { kind: "runtime" }), report }));
  assert.deepEqual([state, error], ["failing", "the proxy refused remove b/s: no, and 1 more"]);
});

test("nothing waits once it is done, and nothing is known before the first turn", async () => {
  assert.deepEqual(waitingView(cycleOf({ plan: planOf("new") })), { state: "in-step" });
  assert.deepEqual(await configDiff(cycleOf({ plan: planOf("new") })), { file: "/etc/x.conf", diff: "" });
  assert.deepEqual(waitingView(cycleOf({ held, waiting: none })), { state: "in-step" });
  assert.deepEqual(waitingView(undefined), { state: "starting" });
  assert.deepEqual(waitingView({ tookMs: 1, nextInMs: 1 }), { state: "starting" });
  assert.equal(await configDiff(undefined), undefined);
});

test("after a restart of the agent it is not known what changes, only the plan", () => {
  const { applied, ...cycle } = cycleOf({ held, waiting: planOf("new") });
  assert.ok(applied);
  const { plan, changes } = waitingView(cycle);
  assert.deepEqual([plan?.kind, changes], ["reload", undefined]);
});

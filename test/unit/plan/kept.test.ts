import assert from "node:assert/strict";
import { test } from "node:test";
import { planKept } from "../../../agent/plan/kept.ts";
import { fileOf, runningWith } from "./fixtures.ts";

const options = { path: "/etc/x.conf", hash: (text: string) => `hash of ${text}` };

test("a proxy that runs is left alone, and is known to serve what it says", () => {
  const plan = planKept(runningWith("generation-of-old", { servedGeneration: "generation-of-old" }), options);
  assert.deepEqual([plan?.kind, plan?.reasons], ["none", []]);
  assert.deepEqual([plan?.file.generation, plan?.file.carriesGeneration], ["generation-of-old", true]);
});

test("one that serves something else than its file is not taken to serve it", () => {
  const plan = planKept(runningWith("old", { servedGeneration: "another" }), options);
  assert.deepEqual([plan?.file.generation, plan?.file.carriesGeneration], ["hash of old", false]);
});

test("one that does not run is started with the file it has, where that is ours to do", () => {
  const down = { running: false, servedGeneration: undefined };
  assert.equal(planKept(runningWith("old", down), options)?.kind, "none");
  const plan = planKept(runningWith("old", { ...down, startable: true }), options);
  assert.deepEqual(
    [plan?.kind, plan?.file.text, plan?.reasons.map((one) => one.code)],
    ["start", "old", ["proxy-started"]],
  );
});

test("without a file there is nothing to keep", () => {
  assert.equal(planKept(runningWith("", { file: undefined }), options), undefined);
});

test("an earlier file takes the place of the one in use, once", () => {
  const pinned = fileOf("earlier");
  const plan = (state: Parameters<typeof runningWith>[1], text = "old") => {
    const made = planKept(runningWith(text, state), { ...options, pinned });
    return [made?.kind, made?.file.text, made?.reasons.map((one) => one.code).join(" ")];
  };
  assert.deepEqual(plan({}), ["reload", "earlier", "rolled-back"]);
  assert.deepEqual(plan({ running: false }), ["write", "earlier", "rolled-back"]);
  assert.deepEqual(plan({ running: false, startable: true }), ["start", "earlier", "rolled-back"]);
  assert.deepEqual(plan({ file: undefined }), ["reload", "earlier", "rolled-back"]);
  assert.deepEqual(plan({}, "earlier"), ["none", "earlier", ""]);
  assert.deepEqual(plan({ unproven: true }, "earlier"), ["reload", "earlier", "rolled-back"]);
  assert.deepEqual(plan({ running: false, startable: true }, "earlier"), ["start", "earlier", "proxy-started"]);
});

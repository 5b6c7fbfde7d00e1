import assert from "node:assert/strict";
import { test } from "node:test";
import { planKept } from "../../../agent/plan/kept.ts";
import { runningWith } from "./fixtures.ts";

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

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Step } from "../../../agent/model.ts";
import { withNewcomers } from "../../../agent/plan/newcomers.ts";
import { backendOf, serverOf } from "./haproxy.ts";

const add = (host: string, backend = "a.test"): Step => ({ kind: "add", backend, server: serverOf(host) });
const remove = (host: string): Step => ({ kind: "remove", backend: "a.test", server: serverOf(host) });
const before = [backendOf("a.test", { hosts: ["10.0.0.1", "10.0.0.2"] }), backendOf("empty.test", { hosts: [] })];

/** The hosts that are marked. */
function joining(...steps: readonly Step[]): readonly string[] {
  const marked = withNewcomers(steps, before);
  return marked.flatMap((step) => (step.kind === "add" && step.joins ? [step.server.host] : []));
}

test("a server that comes beside others is new", () => {
  assert.deepEqual(joining(add("10.0.0.3"), remove("10.0.0.1")), ["10.0.0.3"]);
});

test("one that was there before is not: the proxy has lost it", () => {
  assert.deepEqual(joining(add("10.0.0.2"), add("10.0.0.3")), ["10.0.0.3"]);
});

test("where nothing else serves, none is", () => {
  assert.deepEqual(joining(add("10.0.0.3", "empty.test")), []);
  assert.deepEqual(joining(add("10.0.0.3", "new.test")), []);
  assert.deepEqual(joining(add("10.0.0.3"), remove("10.0.0.1"), remove("10.0.0.2")), []);
});

test("at the first plan of an agent none is", () => {
  assert.deepEqual(withNewcomers([add("10.0.0.3")]), [add("10.0.0.3")]);
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Plan, Vhost } from "../../../agent/model.ts";
import { delayLeft } from "../../../agent/plan/delay.ts";
import { planOf } from "../insight/cycles.ts";
import { appliedOf, runningWith, stateOf, vhostOf } from "./fixtures.ts";

const limits = { maxOldGenerations: 3, maxDelayMs: 60_000 };
const crowded = runningWith("old", {
  file: { text: "old, generation-of-old", renderedAt: 0 },
  oldWorkers: 8,
  oldGenerations: 4,
});

/** The proxy has `a.test`, and should have `b.test` besides. */
function left(changes: Partial<Parameters<typeof delayLeft>[1]> = {}, plan: Partial<Plan> = {}): number {
  const wanted = appliedOf([vhostOf("a.test"), vhostOf("b.test")]);
  const inputs = { running: crowded, applied: appliedOf([vhostOf("a.test")]), wanted, limits, waitedMs: 0, ...changes };
  return delayLeft(planOf("new", plan), inputs);
}

test("a reload waits while there are too many earlier generations, but not for ever", () => {
  assert.equal(left(), 60_000);
  assert.equal(left({ waitedMs: 59_000 }), 1000);
  assert.equal(left({ waitedMs: 60_000 }), 0);
  assert.equal(left({ waitedMs: 99_000 }), 0);
});

test("it does not wait while there are few, none is too many, or their number is not known", () => {
  assert.equal(left({ running: { ...crowded, oldGenerations: 3 } }), 0);
  assert.equal(left({ limits: { ...limits, maxOldGenerations: 0 } }), 0);
  const { oldGenerations: _, ...unknown } = crowded;
  assert.equal(left({ running: unknown }), 0, "eight old workers may be of one generation");
});

test("nothing but a reload waits", () => {
  for (const kind of ["none", "write", "start", "runtime"] as const) assert.equal(left({}, { kind }), 0, kind);
});

describe("a proxy that does not serve what it should does not wait:", () => {
  test("it does not run, has no file yet, or is not known to serve it", () => {
    const { file } = crowded;
    for (const changes of [
      { running: false },
      { file: undefined },
      { unproven: true },
      { servedGeneration: undefined },
      { servedGeneration: "another" },
      { file: file && { ...file, text: "by somebody else" } },
    ])
      assert.equal(left({ running: { ...crowded, ...changes } }), 0, JSON.stringify(changes));
  });

  test("a file without a generation in it cannot be asked for", () => {
    const { file } = planOf("new");
    const running = { ...crowded, servedGeneration: undefined };
    assert.equal(left({ running }, { file: { ...file, carriesGeneration: false } }), 60_000);
  });

  test("the agent has just started, or found it out of step", () => {
    assert.equal(left({ applied: undefined }), 0);
    for (const code of ["out-of-step", "unproven"] as const)
      assert.equal(left({}, { reasons: [{ code, subjects: [], count: 1 }] }), 0, code);
  });
});

describe("a vhost that the proxy has", () => {
  const at = (...ports: readonly number[]): Vhost =>
    vhostOf("a.test", { members: ports.map((port) => ({ host: "10.0.0.1", port, portType: "http" })) });
  const leftFrom = (before: Vhost, after: Vhost, running = crowded) =>
    left({ running, applied: appliedOf([before]), wanted: { ...appliedOf([]), desired: stateOf([after]) } });

  test("does not wait where the proxy knows none of its instances", () => {
    assert.equal(leftFrom(at(1, 2), at(3)), 0);
    assert.equal(leftFrom(at(), at(1)), 0);
  });

  test("waits as long as one of them is there, or none is wanted", () => {
    assert.equal(leftFrom(at(1, 2), at(2, 3)), 60_000);
    assert.equal(leftFrom(at(1), at()), 60_000);
  });

  test("is no reason where instances come and go without a reload", () => {
    const runtime = { names: new Set<string>(), servers: [] };
    assert.equal(leftFrom(at(1), at(2), { ...crowded, runtime }), 60_000);
  });
});

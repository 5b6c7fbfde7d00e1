import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Cycle } from "../../../agent/agent.ts";
import { createConvergence } from "../../../agent/convergence.ts";
import type { ApplyReport, NamespaceSnapshot, Plan } from "../../../agent/model.ts";
import { fileOf } from "../plan/fixtures.ts";

const plan: Plan = {
  kind: "reload",
  file: fileOf("new"),
  reasons: [],
  steps: [],
  check: "needed",
  writes: true,
  missingBackends: [],
};
const report: ApplyReport = { generation: "g", proof: "generation", tookMs: { check: 1, reload: 1 }, failed: [] };
const base = { tookMs: 1, nextInMs: 1 };

function snapshot(namespace: string, eventAt?: number): NamespaceSnapshot {
  const content = { namespace, apps: [], leader: undefined, fetchedAt: 1, source: "controller", notes: [] } as const;
  return { ...content, ...(eventAt !== undefined && { eventAt }) };
}

const proven = (...snapshots: readonly NamespaceSnapshot[]): Cycle => ({ ...base, snapshots, plan, report });

describe("convergence is told of", () => {
  test("a change that was proven, from its event on, once", () => {
    const converged = createConvergence();
    assert.deepEqual(converged(proven(snapshot("a", 1000)), 3500), [{ namespace: "a", seconds: 2.5 }]);
    assert.deepEqual(converged(proven(snapshot("a", 1000)), 9000), []);
    assert.deepEqual(converged(proven(snapshot("a", 4000)), 9000), [{ namespace: "a", seconds: 5 }]);
  });

  test("each namespace by itself", () => {
    const converged = createConvergence();
    converged(proven(snapshot("a", 1000), snapshot("b", 1000)), 2000);
    assert.deepEqual(converged(proven(snapshot("a", 1000), snapshot("b", 2000)), 3000), [
      { namespace: "b", seconds: 1 },
    ]);
  });

  test("the time of all tries together when the first ones failed", () => {
    const converged = createConvergence();
    assert.deepEqual(converged({ ...base, snapshots: [snapshot("a", 1000)], plan, error: new Error("no") }, 2000), []);
    const step = { kind: "remove", backend: "b", server: { name: "s" } } as const;
    const refused = { ...report, failed: [{ step, message: "no" }] };
    assert.deepEqual(converged({ ...proven(snapshot("a", 1000)), report: refused }, 3000), []);
    assert.deepEqual(converged(proven(snapshot("a", 1000)), 11_000), [{ namespace: "a", seconds: 10 }]);
  });

  test("no less than zero, when the controller's clock is ahead", () => {
    assert.deepEqual(createConvergence()(proven(snapshot("a", 5000)), 1000), [{ namespace: "a", seconds: 0 }]);
  });
});

describe("convergence is not told of", () => {
  test("what no event announced", () => {
    assert.deepEqual(createConvergence()(proven(snapshot("a")), 9000), []);
  });

  test("a change that asked nothing of the proxy, also when the next one does", () => {
    const converged = createConvergence();
    const none: Cycle = { ...base, snapshots: [snapshot("a", 1000)], plan: { ...plan, kind: "none" } };
    assert.deepEqual(converged(none, 2000), []);
    assert.deepEqual(converged(proven(snapshot("a", 1000)), 9000), []);
  });

  test("a change written for a proxy that does not run, or held", () => {
    const converged = createConvergence();
    assert.deepEqual(
      converged({ ...base, snapshots: [snapshot("a", 1000)], held: { by: "proxy-restart", since: 0 } }, 2000),
      [],
    );
    const written = { ...report, proof: "not-running" } as const;
    assert.deepEqual(converged({ ...proven(snapshot("a", 1000)), report: written }, 3000), []);
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Backend, RunningBackends, RunningState } from "../../../agent/model.ts";
import { planAhead } from "../../../agent/plan/ahead.ts";
import type { PlanInputs } from "../../../agent/plan/inputs.ts";
import { appliedOf, fileOf, runningWith } from "./fixtures.ts";
import { backendOf, configOf, havingAll } from "./haproxy.ts";

const before = [backendOf("a.test"), backendOf("b.test")];
const more = [backendOf("a.test", { hosts: ["10.0.0.1", "10.0.0.2"] }), backendOf("b.test")];

interface Case {
  readonly wanted?: readonly Backend[];
  readonly has?: RunningBackends | undefined;
  readonly running?: Partial<RunningState>;
  readonly inputs?: Partial<PlanInputs>;
}

function ahead({ wanted = more, has = havingAll(before), running, inputs }: Case) {
  const file = fileOf(configOf(before), { generation: "g" });
  const state = runningWith(file.text, { servedGeneration: "g", runtime: has, ...running });
  const applied = appliedOf([], { backends: before });
  const basis = { running: state, applied, refused: undefined, reloads: "allowed", serverPrefix: "server_" } as const;
  return planAhead({ ...basis, wanted: { ...applied, backends: wanted }, ...inputs }, file);
}

describe("ahead of the file", () => {
  test("members are moved, and the file is left for later", () => {
    const plan = ahead({});
    assert.deepEqual(
      plan?.steps.map(({ kind, backend, server }) => [kind, backend, server.name]),
      [["add", "a.test", "server_10.0.0.2_80"]],
    );
    assert.equal(plan?.writes, false);
    assert.deepEqual(plan?.reasons, [{ code: "members-changed", subjects: ["a.test"], count: 1 }]);
  });

  test("nothing goes that does not have to", () => {
    assert.equal(ahead({ wanted: before }), undefined);
  });

  test("nothing goes where a reload is to be expected", () => {
    const applied = appliedOf([], { backends: before });
    const cases: Readonly<Record<string, Case>> = {
      "a new backend": { wanted: [...more, backendOf("c.test")] },
      "a backend that is gone": { wanted: more.slice(0, 1) },
      "a backend that HAProxy lacks": { has: havingAll(before.slice(1)) },
      "another template": { inputs: { wanted: { ...applied, backends: more, template: "t2" } } },
      "another configuration": { inputs: { wanted: { ...applied, backends: more, config: "c2" } } },
      "a first cycle": { inputs: { applied: undefined } },
      "servers that HAProxy refused": { inputs: { refused: { text: "", backends: ["a.test"] } } },
      "an apply that was not proven": { running: { unproven: true } },
      "another generation": { running: { servedGeneration: "other" } },
    };
    for (const [name, one] of Object.entries(cases)) assert.equal(ahead(one), undefined, name);
  });

  test("where reloads are not ours, members go whatever else has changed, and leave backends that no app has", () => {
    const plan = ahead({ wanted: more.slice(0, 1), inputs: { reloads: "none" } });
    assert.deepEqual(
      plan?.steps.map(({ kind, backend }) => `${kind} ${backend}`),
      ["add a.test", "remove b.test"],
    );
  });
});

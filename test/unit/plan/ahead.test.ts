import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Backend, Plan } from "../../../agent/model.ts";
import { planAhead } from "../../../agent/plan/ahead.ts";
import type { PlanInputs } from "../../../agent/plan/inputs.ts";
import { appliedOf, fileOf } from "./fixtures.ts";
import { backendOf, serverOf } from "./haproxy.ts";

const before = [backendOf("a.test"), backendOf("b.test")];
const more = [backendOf("a.test", { hosts: ["10.0.0.1", "10.0.0.2"] }), ...before.slice(1)];
const done: Plan = {
  kind: "none",
  file: fileOf("before"),
  reasons: [],
  steps: [],
  check: "implied",
  writes: false,
  missingBackends: [],
};

interface Case {
  readonly wanted?: readonly Backend[];
  readonly inputs?: Partial<PlanInputs>;
  readonly done?: Plan | undefined;
}

function ahead({ wanted = more, inputs, ...rest }: Case) {
  const applied = appliedOf([], { backends: before });
  const basis = { applied, refused: undefined, reloads: "allowed", serverPrefix: "server_" } as const;
  return planAhead(
    { ...basis, wanted: { ...applied, backends: wanted }, ...inputs },
    "done" in rest ? rest.done : done,
  );
}

const stepsOf = (plan: Plan | undefined) =>
  plan?.steps.map(({ kind, backend, server }) => `${kind} ${backend}/${server.name}`);

describe("ahead of everything else", () => {
  test("members are moved, and the file is left for later", () => {
    const plan = ahead({});
    assert.deepEqual(stepsOf(plan), ["add a.test/server_10.0.0.2_80"]);
    assert.equal(plan?.writes, false);
    assert.equal(plan?.isTentative, true);
    assert.deepEqual(plan?.reasons, [{ code: "members-changed", subjects: ["a.test"], count: 1 }]);
  });

  test("new ones come before others get another address, or go", () => {
    const server = serverOf("10.0.0.1", { address: "10.9.9.9" });
    const wanted = [backendOf("a.test", { hosts: ["10.0.0.3"] }), backendOf("b.test", { servers: [server] })];
    assert.deepEqual(stepsOf(ahead({ wanted })), [
      "add a.test/server_10.0.0.3_80",
      "readdress b.test/server_10.0.0.1_80",
      "remove a.test/server_10.0.0.1_80",
    ]);
  });

  test("nothing goes that does not have to", () => {
    assert.equal(ahead({ wanted: before }), undefined);
    assert.equal(ahead({ wanted: [backendOf("a.test"), backendOf("b.test")] }), undefined, "though made anew");
    const byReload = [backendOf("a.test", { hosts: ["10.0.0.2"], changesAtRuntime: false }), ...before.slice(1)];
    assert.equal(ahead({ wanted: byReload }), undefined);
  });

  test("nothing goes where a reload is to be expected, or what HAProxy has is not known", () => {
    const applied = appliedOf([], { backends: before });
    const cases: Readonly<Record<string, Case>> = {
      "a new backend": { wanted: [...more, backendOf("c.test")] },
      "a backend that is gone": { wanted: more.slice(0, 1) },
      "a backend in another's place": { wanted: [...more.slice(0, 1), backendOf("c.test")] },
      "a backend that HAProxy lacks": { done: { ...done, missingBackends: ["b.test"] } },
      "another template": { inputs: { wanted: { ...applied, backends: more, template: "t2" } } },
      "another configuration": { inputs: { wanted: { ...applied, backends: more, config: "c2" } } },
      "a first cycle": { inputs: { applied: undefined } },
      "servers that HAProxy refused": { inputs: { refused: { text: "", backends: ["a.test"] } } },
      "a cycle before that failed": { done: undefined },
    };
    for (const [name, one] of Object.entries(cases)) assert.equal(ahead(one), undefined, name);
  });

  test("where reloads are not ours, members go whatever else has changed, and leave backends that no app has", () => {
    const wanted = [...more.slice(0, 1), backendOf("c.test")];
    assert.deepEqual(stepsOf(ahead({ wanted, inputs: { reloads: "none" } })), [
      "add a.test/server_10.0.0.2_80",
      "remove b.test/server_10.0.0.1_80",
    ]);
  });

  test("where reloads are not ours, backends that HAProxy lacks are left alone", () => {
    const lacking = { ...done, missingBackends: ["a.test"] };
    assert.equal(ahead({ done: lacking, inputs: { reloads: "none" } }), undefined);
    assert.deepEqual(stepsOf(ahead({ done: { ...done, missingBackends: ["b.test"] }, inputs: { reloads: "none" } })), [
      "add a.test/server_10.0.0.2_80",
    ]);
  });
});

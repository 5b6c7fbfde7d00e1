import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Backend, Plan, Vhost } from "../../../agent/model.ts";
import { planAhead } from "../../../agent/plan/ahead.ts";
import type { PlanInputs } from "../../../agent/plan/inputs.ts";
import { appliedOf, fileOf, stateOf, vhostOf } from "./fixtures.ts";
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
  /** True if host names have other addresses now, so that nothing is known by its vhost. */
  readonly isMoved?: boolean;
}

/** A vhost for each backend, the same object for the same backend. */
const vhosts = new WeakMap<Backend, Vhost>();

function stateFor(backends: readonly Backend[]) {
  return stateOf(
    backends.map((backend) => {
      const vhost = vhosts.get(backend) ?? vhostOf(backend.vhost);
      vhosts.set(backend, vhost);
      return vhost;
    }),
  );
}

function ahead({ wanted = more, inputs, isMoved = false, ...rest }: Case) {
  const applied = appliedOf([], { desired: stateFor(before), backends: before });
  const basis = { applied, refused: undefined, reloads: "allowed", serverPrefix: "server_" } as const;
  const { backends = wanted, ...shape } = inputs?.wanted ?? {};
  const placed: string[] = [];
  const placer = {
    one({ name }: Vhost) {
      placed.push(name);
      return backends.filter((backend) => backend.vhost === name);
    },
    all: () => ({ backends }),
  };
  const addresses = isMoved ? "moved" : applied.addresses;
  const batches = planAhead(
    { ...basis, ...inputs, wanted: { ...applied, ...shape, desired: stateFor(backends), addresses }, placer },
    "done" in rest ? rest.done : done,
  );
  return { batches, placed };
}

const batchesIn = (batches: ReturnType<typeof planAhead>) =>
  batches && [...batches].map((steps) => steps.map(({ kind, backend, server }) => `${kind} ${backend}/${server.name}`));

/** The steps, the same whether only those vhosts are placed that have changed, or all. */
function stepsOf(one: Case): readonly string[] | undefined {
  const steps = batchesIn(ahead(one).batches)?.flat();
  assert.deepEqual(batchesIn(ahead({ ...one, isMoved: true }).batches)?.flat(), steps);
  return steps;
}

describe("ahead of everything else", () => {
  test("members are moved", () => {
    assert.deepEqual(stepsOf({}), ["add a.test/server_10.0.0.2_80"]);
    assert.deepEqual(ahead({}).placed, ["a.test"], "and nothing else is placed");
    const [[step] = []] = [...(ahead({}).batches ?? [])];
    assert.equal(step?.kind === "add" && step.joins, true, "it is known to be new beside another");
  });

  test("those of many vhosts go in batches, each placed when it is asked for", () => {
    const names = Array.from({ length: 100 }, (_, index) => `${100 + index}.test`);
    const all = names.map((name) => backendOf(name));
    const wanted = names.map((name) => backendOf(name, { hosts: ["10.0.0.1", "10.0.0.2"] }));
    const applied = appliedOf([], { desired: stateFor(all), backends: all });
    const { batches, placed } = ahead({ wanted, inputs: { applied } });
    const first = placed.length;
    assert.ok(first > 0 && first < 100, `${first} placed`);
    const steps = batchesIn(batches);
    assert.deepEqual(
      steps?.flat(),
      names.map((name) => `add ${name}/server_10.0.0.2_80`),
    );
    assert.equal(placed.length, 100);
  });

  test("new ones come before others get another address, or go", () => {
    const server = serverOf("10.0.0.1", { address: "10.9.9.9" });
    const wanted = [backendOf("a.test", { hosts: ["10.0.0.3"] }), backendOf("b.test", { servers: [server] })];
    assert.deepEqual(stepsOf({ wanted }), [
      "add a.test/server_10.0.0.3_80",
      "readdress b.test/server_10.0.0.1_80",
      "remove a.test/server_10.0.0.1_80",
    ]);
  });

  test("members whose names have another address now go there, though no vhost has changed", () => {
    const moved = backendOf("b.test", { servers: [serverOf("10.0.0.1", { address: "10.9.9.9" })] });
    const wanted = [...before.slice(0, 1), moved];
    for (const [index, vhost] of stateFor(before).vhosts.entries()) vhosts.set(wanted[index] ?? moved, vhost);
    assert.deepEqual(batchesIn(ahead({ wanted, isMoved: true }).batches), [["readdress b.test/server_10.0.0.1_80"]]);
  });

  test("nothing goes that does not have to", () => {
    assert.equal(stepsOf({ wanted: before }), undefined);
    assert.equal(stepsOf({ wanted: [backendOf("a.test"), backendOf("b.test")] }), undefined, "though made anew");
    const byReload = [backendOf("a.test", { hosts: ["10.0.0.2"], changesAtRuntime: false }), ...before.slice(1)];
    assert.equal(stepsOf({ wanted: byReload }), undefined);
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
    for (const [name, one] of Object.entries(cases)) assert.equal(stepsOf(one), undefined, name);
  });

  test("nothing goes where a vhost has a group more, and so a backend", () => {
    const groups = ["blue", "green"].map((name) => ({ name, members: [], tags: {} }));
    const [blue, green] = groups.map((group) =>
      backendOf(`a.test_${group.name}`, { vhost: "a.test", group: group.name }),
    );
    if (blue === undefined || green === undefined) throw new Error("two");
    const other = { ...blue, servers: [...blue.servers, serverOf("10.0.0.2")] };
    const stateWith = (count: number) => stateOf([vhostOf("a.test", { groups: groups.slice(0, count) })]);
    const planned = (backends: readonly Backend[]) => {
      const applied = appliedOf([], { desired: stateWith(1), backends: [blue] });
      const basis = { applied, refused: undefined, reloads: "allowed", serverPrefix: "server_" } as const;
      const placer = { one: () => backends, all: () => ({ backends }) };
      return batchesIn(
        planAhead({ ...basis, wanted: { ...applied, desired: stateWith(backends.length) }, placer }, done),
      );
    };
    assert.deepEqual(planned([other]), [["add a.test_blue/server_10.0.0.2_80"]]);
    assert.equal(planned([other, green]), undefined);
  });

  test("where reloads are not ours, members go whatever else has changed, and leave backends that no app has", () => {
    const wanted = [...more.slice(0, 1), backendOf("c.test")];
    assert.deepEqual(stepsOf({ wanted, inputs: { reloads: "none" } }), [
      "add a.test/server_10.0.0.2_80",
      "remove b.test/server_10.0.0.1_80",
    ]);
  });

  test("where reloads are not ours, backends that HAProxy lacks are left alone", () => {
    const lacking = { ...done, missingBackends: ["a.test"] };
    assert.equal(stepsOf({ done: lacking, inputs: { reloads: "none" } }), undefined);
    assert.deepEqual(stepsOf({ done: { ...done, missingBackends: ["b.test"] }, inputs: { reloads: "none" } }), [
      "add a.test/server_10.0.0.2_80",
    ]);
  });
});

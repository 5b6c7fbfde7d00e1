import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Backend, Plan, RunningBackends, RunningState } from "../../../agent/model.ts";
import type { PlanInputs } from "../../../agent/plan/inputs.ts";
import { describeReasons, planChanges } from "../../../agent/plan/plan.ts";
import { managedBy, shapeOf } from "../../../agent/plan/shape.ts";
import { appliedOf, fileOf, runningWith, vhostOf } from "./fixtures.ts";
import { backendOf, configOf, havingAll, serverOf } from "./haproxy.ts";

const before = [backendOf("a.test"), backendOf("b.test")];

interface Case {
  readonly wanted?: readonly Backend[];
  /** What HAProxy has; by default what it should have had before. */
  readonly has?: RunningBackends;
  readonly text?: string;
  readonly onDisk?: string;
  readonly running?: Partial<RunningState>;
  readonly inputs?: Partial<PlanInputs>;
}

function plan({ wanted = before, has = havingAll(before), text, onDisk, running, inputs }: Case): Plan {
  const file = fileOf(text ?? configOf(wanted), { generation: "g" });
  const state = runningWith(onDisk ?? configOf(before), { servedGeneration: "g", runtime: has, ...running });
  const applied = { ...appliedOf([vhostOf("a.test"), vhostOf("b.test")]), backends: before };
  return planChanges({
    file,
    running: state,
    wanted: { ...applied, backends: wanted },
    applied,
    reloads: "allowed",
    refused: undefined,
    serverPrefix: "server_",
    shapeOf: (whole) => shapeOf(whole, managedBy(wanted, "server_")),
    ...inputs,
  });
}

const short = ({ kind, steps, reasons, writes, check }: Plan) =>
  [kind, `${steps.length} steps`, describeReasons(reasons), writes ? `writes, check ${check}` : "no file"].join("; ");

const more = [backendOf("a.test", { hosts: ["10.0.0.1", "10.0.0.2"] }), backendOf("b.test")];

describe("at run time", () => {
  test("nothing to do is no plan", () => {
    assert.equal(short(plan({})), "none; 0 steps; ; no file");
  });

  test("a new server is a step; the file follows, and needs no check", () => {
    assert.equal(short(plan({ wanted: more })), "runtime; 1 steps; members-changed a.test; writes, check implied");
  });

  test("attributes that HAProxy has not taken yet need a check", () => {
    const servers = [serverOf("10.0.0.1"), serverOf("10.0.0.2", { attributes: "ssl verify none" })];
    const wanted = [backendOf("a.test", { servers }), backendOf("b.test")];
    assert.equal(short(plan({ wanted })), "runtime; 1 steps; members-changed a.test; writes, check needed");
  });

  test("steps that a killed agent did not come to are made up for, though the file is right", () => {
    assert.equal(
      short(plan({ wanted: more, onDisk: configOf(more) })),
      "runtime; 1 steps; members-changed a.test; no file",
    );
  });

  test("a file that was not written is written, though HAProxy has everything", () => {
    const done = plan({ wanted: more, has: havingAll(more) });
    assert.equal(short(done), "write; 0 steps; out-of-step /etc/x.conf; writes, check implied");
  });
});

describe("by reload", () => {
  const reasons = (one: Case) => {
    const { kind, steps, reasons: all } = plan(one);
    assert.equal(kind, "reload");
    assert.deepEqual(steps, []);
    return describeReasons(all);
  };

  test("a new vhost, with the members that changed besides left out of the reasons", () => {
    const wanted = [...more, backendOf("c.test")];
    const applied = (names: readonly string[]) => appliedOf(names.map((name) => vhostOf(name)));
    const members = [{ host: "10.0.0.9", port: 80, portType: "http" }];
    const after = appliedOf([vhostOf("a.test", { members }), vhostOf("b.test"), vhostOf("c.test")]);
    const inputs = { applied: applied(["a.test", "b.test"]), wanted: { ...after, backends: wanted } };
    assert.equal(reasons({ wanted, inputs }), "vhost-added c.test");
  });

  test("a template or configuration that prints something else", () => {
    const text = configOf(before, "  nbthread 2\n");
    const wanted = { ...appliedOf([vhostOf("a.test"), vhostOf("b.test")], { template: "t2" }), backends: before };
    assert.equal(reasons({ text, inputs: { wanted } }), "template-changed /etc/x.conf");
  });

  test("other attributes of a server that stays", () => {
    const servers = [serverOf("10.0.0.1", { attributes: "check weight 5" })];
    const wanted = [backendOf("a.test", { servers }), backendOf("b.test")];
    assert.equal(reasons({ wanted }), "attributes-changed a.test/server_10.0.0.1_80");
  });

  test("an unproven file, another generation, a backend that HAProxy lacks though the file has it", () => {
    assert.equal(reasons({ running: { unproven: true } }), "unproven /etc/x.conf");
    assert.equal(reasons({ running: { servedGeneration: "other" } }), "out-of-step /etc/x.conf");
    assert.equal(reasons({ has: havingAll([backendOf("a.test")]) }), "out-of-step b.test");
  });

  test("a server that was refused at run time, for the same text only", () => {
    const text = configOf(more);
    const refused = { text, backends: ["a.test"] };
    assert.equal(reasons({ wanted: more, onDisk: text, inputs: { refused } }), "servers-refused a.test");
    assert.equal(plan({ wanted: more, inputs: { refused: { ...refused, text: "other" } } }).kind, "runtime");
    assert.equal(plan({ wanted: more, inputs: { refused: { text, backends: [] } } }).kind, "runtime");
  });

  test("never for a backend that the template does not print: it is told by name", () => {
    const wanted = [...before, backendOf("c.test")];
    const { kind, missingBackends } = plan({ wanted, text: configOf(before) });
    assert.equal(kind, "none");
    assert.deepEqual(missingBackends, ["c.test"]);
  });
});

describe("without reloads", () => {
  const none = { reloads: "none" } as const;

  test("servers come and go, the file is not ours", () => {
    const text = configOf(before, "  nbthread 2\n");
    assert.equal(
      short(plan({ wanted: more, text, inputs: none })),
      "runtime; 1 steps; members-changed a.test; no file",
    );
  });

  test("the servers of a vhost that is gone leave", () => {
    const wanted = [backendOf("a.test")];
    assert.deepEqual(
      plan({ wanted, inputs: none }).steps.map(({ kind, backend }) => `${kind} ${backend}`),
      ["remove b.test"],
    );
  });

  test("a backend that HAProxy lacks is told by name, the others are served", () => {
    const wanted = [...more, backendOf("c.test")];
    const { kind, missingBackends } = plan({ wanted, inputs: none });
    assert.equal(kind, "runtime");
    assert.deepEqual(missingBackends, ["c.test"]);
  });

  test("a HAProxy that does not answer is left alone", () => {
    const { runtime: _, ...absent } = runningWith("", { running: false, startable: true });
    assert.equal(planChanges({ ...inputsOf(absent), reloads: "none" }).kind, "none");
  });
});

describe("steps that went ahead", () => {
  const taken = [{ kind: "add", backend: "a.test", server: serverOf("10.0.0.2") }] as const;

  test("are the reason for the file that follows, and are not taken again", () => {
    const made = plan({ wanted: more, has: havingAll(more), inputs: { taken } });
    assert.equal(short(made), "runtime; 0 steps; members-changed a.test; writes, check implied");
    assert.deepEqual(made.taken, taken);
  });

  test("are taken again where they have come to nothing, besides all others", () => {
    const wanted = [...more.slice(0, 1), backendOf("b.test", { hosts: ["10.0.0.1", "10.0.0.3"] })];
    const made = plan({ wanted, inputs: { taken } });
    assert.equal(short(made), "runtime; 2 steps; members-changed a.test, b.test; writes, check implied");
  });

  test("keep no reload from coming", () => {
    const text = configOf(more, "  nbthread 2\n");
    const made = plan({ wanted: more, has: havingAll(more), text, inputs: { taken } });
    assert.equal(made.kind, "reload");
    assert.deepEqual(made.taken, taken);
  });

  test("are told where the file is not ours too", () => {
    const made = plan({ wanted: more, has: havingAll(more), inputs: { taken, reloads: "none" } });
    assert.equal(short(made), "runtime; 0 steps; members-changed a.test; no file");
  });
});

test("a HAProxy that cannot change at run time is reloaded for each change", () => {
  const { runtime: _, ...old } = runningWith(configOf(before), { servedGeneration: "g" });
  assert.equal(planChanges(inputsOf(old)).kind, "reload");
});

function inputsOf(running: RunningState): PlanInputs {
  const applied = { ...appliedOf([vhostOf("a.test"), vhostOf("b.test")]), backends: before };
  const shape = (text: string) => shapeOf(text, managedBy(more, "server_"));
  const file = fileOf(configOf(more), { generation: "g" });
  return {
    file,
    running,
    wanted: { ...applied, backends: more },
    applied,
    reloads: "allowed",
    refused: undefined,
    serverPrefix: "server_",
    shapeOf: shape,
  };
}

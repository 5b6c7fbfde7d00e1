import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Plan, RunningState } from "../../../agent/model.ts";
import type { Applied, PlanInputs } from "../../../agent/plan/inputs.ts";
import { describeReasons, planChanges } from "../../../agent/plan/plan.ts";
import { appliedOf, byReload, fileOf, runningWith, vhostOf } from "./fixtures.ts";

const same = appliedOf([vhostOf("a.test")]);

function plan(running: RunningState, changes: Partial<PlanInputs> = {}): string {
  const { kind, reasons }: Plan = planChanges({
    ...byReload,
    file: fileOf("new"),
    running,
    wanted: same,
    applied: same,
    ...changes,
  });
  return `${kind}: ${describeReasons(reasons)}`;
}

const away: Partial<RunningState> = { running: false, servedGeneration: undefined };

describe("nothing is done", () => {
  test("if the proxy serves the file already, however that came about", () => {
    assert.equal(plan(runningWith("new")), "none: ");
    assert.equal(plan(runningWith("new"), { applied: undefined }), "none: ");
    assert.equal(plan(runningWith("new"), { applied: appliedOf([], { config: "c0" }) }), "none: ");
  });

  test("if the file is right and nobody can be asked what is served", () => {
    const file = fileOf("new", { carriesGeneration: false });
    assert.equal(plan(runningWith("new", { servedGeneration: undefined }), { file }), "none: ");
  });

  test("if the file is right and the proxy is away and not ours to start", () => {
    assert.equal(plan(runningWith("new", away)), "none: ");
    assert.equal(plan(runningWith("new", { ...away, unproven: true })), "none: ");
  });
});

describe("a running proxy is reloaded", () => {
  test("because there is no file yet", () => {
    assert.equal(plan(runningWith("", { file: undefined })), "reload: first-config /etc/x.conf");
  });

  test("because the agent began with another file on disk", () => {
    assert.equal(plan(runningWith("old"), { applied: undefined }), "reload: out-of-step /etc/x.conf");
  });

  test("because it serves another generation than the file on disk has", () => {
    const running = runningWith("new", { servedGeneration: "generation-of-old" });
    assert.equal(plan(running), "reload: out-of-step /etc/x.conf");
    assert.equal(plan(runningWith("new", { servedGeneration: undefined })), "reload: out-of-step /etc/x.conf");
  });

  test("because an earlier apply never came to its proof", () => {
    assert.equal(plan(runningWith("new", { unproven: true })), "reload: unproven /etc/x.conf");
    const silent = { file: fileOf("new", { carriesGeneration: false }) };
    assert.equal(plan(runningWith("new", { unproven: true }), silent), "reload: unproven /etc/x.conf");
  });

  const changed: readonly (readonly [string, Partial<Applied>])[] = [
    ["vhost-added b.test", { desired: appliedOf([vhostOf("a.test"), vhostOf("b.test")]).desired }],
    ["vhost-removed a.test", { desired: appliedOf([]).desired }],
    ["members-changed a.test", { desired: appliedOf([vhostOf("a.test", { members: [] })]).desired }],
    ["template-changed /etc/x.conf", { template: "t2" }],
    ["config-changed /etc/x.conf", { config: "c2" }],
    ["template-changed /etc/x.conf; config-changed /etc/x.conf", { template: "t2", config: "c2" }],
    ["vhost-removed a.test; template-changed /etc/x.conf", { desired: appliedOf([]).desired, template: "t2" }],
    ["attributes-changed /etc/x.conf", {}],
  ];
  for (const [reasons, change] of changed) {
    test(`because of ${reasons}`, () => {
      assert.equal(plan(runningWith("old"), { wanted: { ...same, ...change } }), `reload: ${reasons}`);
    });
  }
});

describe("a proxy that does not run", () => {
  const startable = { ...away, startable: true };

  test("is started with the file that is there", () => {
    assert.equal(plan(runningWith("new", startable)), "start: proxy-started /etc/x.conf");
  });

  test("is started with its first file, or a changed one", () => {
    assert.equal(plan(runningWith("", { ...startable, file: undefined })), "start: first-config /etc/x.conf");
    assert.equal(plan(runningWith("old", startable), { wanted: appliedOf([]) }), "start: vhost-removed a.test");
  });

  test("and is not ours to start gets its file", () => {
    assert.equal(plan(runningWith("", { ...away, file: undefined })), "write: first-config /etc/x.conf");
    assert.equal(plan(runningWith("old", away), { wanted: appliedOf([]) }), "write: vhost-removed a.test");
  });
});

test("whatever is true: nothing is done without a reason, and nothing is reloaded that does not run", () => {
  const running = fc.record({
    running: fc.boolean(),
    startable: fc.boolean(),
    version: fc.constant(undefined),
    servedGeneration: fc.constantFrom(undefined, "generation-of-new", "generation-of-old"),
    file: fc.constantFrom(undefined, { text: "new", renderedAt: 0 }, { text: "old", renderedAt: 0 }),
    unproven: fc.boolean(),
    oldWorkers: fc.nat(3),
  });
  const applied = fc.constantFrom(undefined, same, appliedOf([]), appliedOf([], { template: "t0" }));
  fc.assert(
    fc.property(running, applied, fc.boolean(), (state, before, carriesGeneration) => {
      const file = fileOf("new", { carriesGeneration });
      const {
        kind,
        reasons,
        file: planned,
      } = planChanges({
        ...byReload,
        file,
        running: state,
        wanted: same,
        applied: before,
      });
      assert.equal(planned, file);
      assert.equal(kind === "none", reasons.length === 0);
      assert.ok(reasons.every((one) => one.count >= 1 && one.subjects.length >= 1));
      if (kind === "reload") assert.ok(state.running);
      if (kind === "start") assert.ok(!state.running && state.startable);
      if (kind === "write") assert.ok(!state.running && !state.startable && state.file?.text !== "new");
      if (state.file?.text !== "new") assert.notEqual(kind, "none");
    }),
  );
});

test("reasons read as one line", () => {
  const members = { code: "members-changed", subjects: ["a.test", "b.test"], count: 5 } as const;
  const added = { code: "vhost-added", subjects: ["c.test"], count: 1 } as const;
  assert.equal(describeReasons([members, added]), "members-changed a.test, b.test and 3 more; vhost-added c.test");
  assert.equal(describeReasons([]), "");
});

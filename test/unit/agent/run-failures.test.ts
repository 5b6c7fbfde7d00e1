import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { auditMs } from "../../../agent/agent.ts";
import { AgentError } from "../../../agent/errors.ts";
import { inputsOf, reasonsOf, snapshotOf, turn, withLoop } from "./stubs.ts";

describe("a failure", () => {
  test("is reported with what was known, and tried again after a delay that grows to the audit's", async () => {
    const fails = { apply: new AgentError("proxy-refused-config", "no") };
    await withLoop({ fails }, async (loop) => {
      for (let count = 1; count <= 7; count += 1) {
        await loop.idle(count);
        await loop.clock.advance(loop.cycles[count - 1]?.nextInMs ?? 0);
      }
      const delays = loop.cycles.slice(0, 7).map((cycle) => cycle.nextInMs);
      assert.deepEqual(delays, [1500, 3000, 6000, 12_000, 22_500, 22_500, 22_500]);
      const [cycle] = loop.cycles;
      assert.equal(cycle?.error, fails.apply);
      assert.equal(cycle.plan?.kind, "reload");
      assert.equal(cycle.report, undefined);
      assert.ok(cycle.built !== undefined && cycle.running !== undefined && cycle.resolution !== undefined);
    });
  });

  test("of an early stage reports as much as was reached", async () => {
    await withLoop({ fails: { observe: new Error("o") } }, async (loop) => {
      assert.deepEqual(Object.keys(loop.cycles[0] ?? {}).sort(), ["error", "nextInMs", "tookMs"]);
      loop.world.fails = { render: new Error("r") };
      await turn(loop);
      assert.deepEqual([loop.cycles[1]?.plan, loop.cycles[1]?.running?.running], [undefined, true]);
      loop.world.fails = { resolve: new Error("n") };
      await turn(loop);
      assert.equal(loop.cycles[2]?.error, loop.world.fails.resolve);
      assert.equal(loop.applied.length, 0);
    });
  });

  test("does not wait when something changes, and is over when it is over", async () => {
    await withLoop({ fails: { apply: new Error("no") } }, async (loop) => {
      await turn(loop);
      assert.equal(loop.applied.length, 2);
      loop.world.fails = {};
      await turn(loop);
      assert.equal(loop.cycles[2]?.error, undefined);
      assert.equal(loop.cycles[2]?.nextInMs, auditMs);
      loop.world.fails = { observe: new Error("no") };
      await turn(loop);
      assert.equal(loop.cycles[3]?.nextInMs, 1500, "the delays begin anew");
    });
  });

  test("does not make the next plan forget what was last applied", async () => {
    await withLoop({}, async (loop) => {
      loop.world.snapshots = [snapshotOf(["a.test", "b.test"])];
      loop.world.fails = { apply: new Error("no") };
      await turn(loop);
      loop.world.fails = {};
      await turn(loop);
      assert.deepEqual(reasonsOf(loop).slice(1), ["reload vhost-added", "reload vhost-added"]);
    });
  });
});

describe("a new template that fails", () => {
  const broken = (error: Error) => {
    const render = () => {
      throw error;
    };
    return inputsOf({ templateId: "t2", template: { engine: "eta", path: "/t/main.eta", render } });
  };

  test("does not keep the apps from being served by the one before", async () => {
    await withLoop({}, async (loop) => {
      const error = new AgentError("template-invalid", "no");
      loop.world.inputs = broken(error);
      loop.world.snapshots = [snapshotOf(["a.test", "b.test"])];
      await turn(loop);
      const [, cycle] = loop.cycles;
      assert.equal(cycle?.error, error);
      assert.equal(cycle.plan, undefined);
      assert.equal(cycle.fallback?.report?.proof, "generation");
      assert.match(loop.world.file?.text ?? "", /b\.test/);
      assert.equal(cycle.nextInMs, 1500, "the new one is tried again");
      loop.world.inputs = inputsOf({ templateId: "t3" });
      await turn(loop);
      assert.deepEqual([loop.cycles[2]?.error, loop.cycles[2]?.fallback], [undefined, undefined]);
    });
  });

  test("has nothing to fall back on at the start", async () => {
    await withLoop({ inputs: broken(new AgentError("template-invalid", "no")) }, async (loop) => {
      assert.deepEqual([loop.cycles[0]?.fallback, loop.applied.length], [undefined, 0]);
    });
  });

  test("takes down nothing of a namespace that has another name now", async () => {
    await withLoop({}, async (loop) => {
      const before = loop.world.file?.text;
      const { template } = broken(new AgentError("template-invalid", "no"));
      loop.world.inputs = { ...inputsOf({ configId: "c2", templateId: "t2" }, { name: "renamed" }), template };
      loop.world.snapshots = [snapshotOf(["a.test"], { namespace: "renamed" })];
      await turn(loop);
      assert.deepEqual([loop.cycles[1]?.fallback, loop.applied.length], [undefined, 1]);
      assert.equal(loop.world.file?.text, before);
    });
  });

  test("is no matter of a fallback if it is not at fault itself", async () => {
    await withLoop({}, async (loop) => {
      loop.world.inputs = inputsOf({ templateId: "t2", configId: "c2" });
      loop.world.snapshots = [snapshotOf(["b.test"])];
      loop.world.fails = { apply: new AgentError("disk-failed", "no") };
      await turn(loop);
      assert.equal(loop.cycles[1]?.fallback, undefined);
    });
  });
});

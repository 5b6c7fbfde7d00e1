import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { auditMs } from "../../../agent/agent.ts";
import { until } from "./fake-clock.ts";
import { inputsOf, type Loop, reasonsOf, snapshotOf, startLoop, turn, withLoop } from "./stubs.ts";

const text = (loop: Loop) => loop.world.file?.text.replace(/^hash of \S+ \S+ /, "");

describe("a change", () => {
  test("is applied at once, with its reason", async () => {
    await withLoop({}, async (loop) => {
      assert.deepEqual(reasonsOf(loop), ["reload first-config"]);
      loop.world.snapshots = [snapshotOf(["a.test", "b.test"])];
      await turn(loop);
      assert.deepEqual(reasonsOf(loop).slice(1), ["reload vhost-added"]);
      assert.match(loop.world.file?.text ?? "", /a\.test=10\.0\.0\.1 b\.test=10\.0\.0\.1$/);
    });
  });

  test("of template or configuration is told as such", async () => {
    await withLoop({}, async (loop) => {
      const { template, config } = inputsOf();
      loop.world.inputs = inputsOf({
        templateId: "t2",
        template: { ...template, render: (data) => `${data.Generation} new` },
      });
      await turn(loop);
      loop.world.inputs = {
        ...loop.world.inputs,
        configId: "c2",
        config,
        template: { ...template, render: () => "newer" },
      };
      await turn(loop);
      assert.deepEqual(reasonsOf(loop).slice(1), ["reload template-changed", "reload config-changed"]);
    });
  });

  test("of a name's address is rendered", async () => {
    const app = { ...snapshotOf(["a.test"]).apps[0], hosts: [{ host: "h.test", port: 80, portType: "HTTP" }] };
    const apps = [{ appName: "x", appId: "x-1", vhost: "a.test", tags: {}, ...app }];
    await withLoop({ snapshots: [snapshotOf([], { apps })], addresses: { "h.test": "10.0.0.7" } }, async (loop) => {
      assert.match(loop.world.file?.text ?? "", /a\.test=10\.0\.0\.7$/);
      loop.world.addresses = { "h.test": "10.0.0.8" };
      await turn(loop);
      assert.match(loop.world.file?.text ?? "", /a\.test=10\.0\.0\.8$/);
      assert.deepEqual(loop.resolved[0], ["h.test"]);
    });
  });

  test("reports its times and the age of its data", async () => {
    await withLoop({}, async ({ cycles }) => {
      const [cycle] = cycles;
      assert.deepEqual(
        cycle?.snapshots?.map((one) => one.fetchedAt),
        [1000],
      );
      assert.equal(cycle.renderMs, 0);
      assert.equal(cycle.tookMs, 0);
      assert.equal(cycle.report?.proof, "generation");
      assert.equal(cycle.nextInMs, auditMs);
    });
  });
});

describe("without a change", () => {
  test("nothing is built or rendered again, and nothing applied", async () => {
    await withLoop({}, async (loop) => {
      for (const fetchedAt of [2000, 3000, 4000]) {
        const [snapshot] = loop.world.snapshots;
        if (snapshot !== undefined) loop.world.snapshots = [{ ...snapshot, fetchedAt }];
        await turn(loop);
      }
      assert.equal(loop.counts.rendered, 2, "once to find out, once more since the file on disk was new");
      assert.equal(loop.applied.length, 1);
      const builts = new Set(loop.cycles.map((cycle) => cycle.built));
      assert.equal(builts.size, 1);
      const [first, ...others] = loop.resolved;
      assert.ok(
        others.every((hosts) => hosts === first),
        "the list of hosts is the same one",
      );
      assert.equal(loop.cycles.at(-1)?.plan?.kind, "none");
      assert.equal(loop.cycles.at(-1)?.renderMs, undefined);
    });
  });

  test("the proxy is asked by the audit all the same, and brought back in step", async () => {
    await withLoop({}, async (loop) => {
      const { observed } = loop.counts;
      await loop.clock.advance(auditMs);
      await loop.idle(2);
      assert.equal(loop.counts.observed, observed + 1);
      assert.equal(loop.applied.length, 1);
      const { file } = loop.world;
      if (file !== undefined) loop.world.file = { ...file, generation: "somebody else's" };
      await loop.clock.advance(auditMs);
      await loop.idle(3);
      assert.deepEqual(reasonsOf(loop).slice(1), ["reload out-of-step"]);
    });
  });
});

test("any number of wake-ups during a cycle cost one more", async () => {
  const gate = Promise.withResolvers<void>();
  const loop = startLoop({ applying: gate.promise });
  await until(() => loop.applied.length > 0);
  for (let index = 0; index < 10; index += 1) {
    loop.world.snapshots = [snapshotOf(["a.test", `v${index}.test`])];
    loop.ring();
  }
  gate.resolve();
  await loop.idle(2);
  assert.equal(loop.cycles.length, 2);
  assert.match(loop.world.file?.text ?? "", /v9\.test/, "the newest counts");
  assert.equal(loop.applied.length, 2);
  await loop.clock.advance(auditMs - 1);
  assert.equal(loop.cycles.length, 2);
  loop.stop();
  await loop.done;
});

describe("a held proxy", () => {
  test("is asked but not touched, and looked at every second", async () => {
    const restart = { by: "proxy-restart", since: 0 } as const;
    await withLoop({ held: restart }, async (loop) => {
      assert.deepEqual([loop.cycles[0]?.held, loop.cycles[0]?.nextInMs], [restart, 1000]);
      await loop.clock.advance(5000);
      await loop.idle(6);
      assert.deepEqual([loop.counts.rendered, loop.applied.length], [1, 0], "rendered once, to know what waits");
      assert.deepEqual(
        loop.cycles[0]?.waiting?.reasons.map((one) => one.code),
        ["first-config"],
      );
      loop.world.held = undefined;
      await turn(loop);
      assert.deepEqual(reasonsOf(loop), ["reload first-config"]);
    });
  });
});

describe("a frozen gateway", () => {
  const freeze = { by: "freeze", since: 0, until: undefined, reason: "" } as const;

  test("leaves the proxy alone, knows what waits, and goes on when it is thawed", async () => {
    await withLoop({}, async (loop) => {
      loop.world.held = freeze;
      loop.world.snapshots = [snapshotOf(["a.test", "b.test"])];
      await turn(loop);
      const { plan, waiting, nextInMs } = loop.cycles.at(-1) ?? {};
      assert.deepEqual([plan?.kind, waiting?.kind, nextInMs], ["none", "reload", auditMs]);
      assert.equal(loop.applied.length, 1);
      loop.world.held = undefined;
      await turn(loop);
      assert.deepEqual(reasonsOf(loop).slice(1), ["reload vhost-added"]);
    });
  });

  test("turns again when its time is over", async () => {
    await withLoop({}, async (loop) => {
      loop.world.held = { ...freeze, until: loop.clock.now() + 5000 };
      await turn(loop);
      assert.equal(loop.cycles.at(-1)?.nextInMs, 5000);
    });
  });

  test("starts its proxy with the file it has", async () => {
    await withLoop({ startable: true }, async (loop) => {
      Object.assign(loop.world, { held: freeze, running: false, snapshots: [snapshotOf(["b.test"])] });
      const kept = loop.world.file?.text;
      await turn(loop);
      assert.deepEqual(reasonsOf(loop).slice(1), ["start proxy-started"]);
      assert.equal(loop.world.file?.text, kept);
    });
  });

  test("without a file makes its first one", async () => {
    await withLoop({ held: freeze }, async (loop) => {
      assert.deepEqual(reasonsOf(loop), ["reload first-config"]);
    });
  });
});

describe("a proxy that does not run", () => {
  test("gets its file and is looked at every second", async () => {
    await withLoop({ running: false }, async (loop) => {
      assert.deepEqual(reasonsOf(loop), ["write first-config"]);
      assert.equal(loop.cycles[0]?.nextInMs, 1000);
      await loop.clock.advance(1000);
      await loop.idle(2);
      assert.equal(loop.applied.length, 1);
    });
  });

  test("is started where that is ours to do", async () => {
    await withLoop({ running: false, startable: true }, async (loop) => {
      assert.deepEqual(reasonsOf(loop), ["start first-config"]);
      await turn(loop);
      assert.equal(loop.applied.length, 1);
    });
  });
});

describe("nothing happens", () => {
  test("before there is a template, or any data", async () => {
    await withLoop({ inputs: undefined }, async (loop) => {
      loop.world.inputs = inputsOf();
      loop.world.snapshots = [];
      await turn(loop);
      assert.deepEqual([loop.counts.rendered, loop.applied.length], [0, 0]);
      loop.world.snapshots = [snapshotOf(["a.test"])];
      await turn(loop);
      assert.equal(loop.applied.length, 1);
    });
  });

  test("before the namespaces have settled", async () => {
    await withLoop({}, async (loop) => {
      assert.equal(loop.counts.settled, 1);
      await turn(loop);
      assert.equal(loop.counts.settled, 1, "waited for once");
    });
  });
});

describe("a stop", () => {
  test("ends the wait at once, and nothing follows", async () => {
    const loop = startLoop();
    await loop.idle(1);
    loop.stop();
    await loop.done;
    loop.ring();
    await loop.clock.advance(10 * auditMs);
    assert.equal(loop.cycles.length, 1);
    assert.deepEqual(loop.clock.sleeping(), []);
  });

  test("during a cycle lets it end, and does not report what the stop itself caused", async () => {
    const gate = Promise.withResolvers<void>();
    const loop = startLoop({ applying: gate.promise, fails: { apply: new Error("aborted") } });
    await until(() => loop.applied.length > 0);
    loop.stop();
    gate.resolve();
    await loop.done;
    assert.deepEqual(loop.cycles, []);
  });
});

test("leaders are resolved only where they are served", async () => {
  const leader = { endpoint: "http://d1.test:80", host: "d1.test", port: 80 };
  const snapshots = [snapshotOf(["a.test"], { leader })];
  await withLoop({ snapshots }, async (loop) => {
    assert.deepEqual(loop.resolved[0], []);
    loop.world.inputs = inputsOf({}, { leader_vhost: "drove.test" });
    await turn(loop);
    assert.deepEqual(loop.resolved[1], ["d1.test"]);
    assert.equal(text(loop)?.includes("a.test"), true);
  });
});

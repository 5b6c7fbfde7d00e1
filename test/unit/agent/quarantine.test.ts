import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Inputs } from "../../../agent/agent.ts";
import { AgentError } from "../../../agent/errors.ts";
import type { DroveApp, NamespaceSnapshot } from "../../../agent/model.ts";
import { compile } from "../render/fixtures.ts";
import { inputsOf, type Loop, snapshotOf, turn, type World, withLoop } from "./stubs.ts";

/** One line for each vhost, of what an app says in its tag. */
const template = compile(`top
<% for (const app of it.Vhosts) { %>
name <%= app.Vhost %> <%= app.Hosts.map((host) => host.Port).join(",") %>
  tag <%= app.Tags.tag ?? "none" %>
  end
<% } %>
bottom`);

/** Refuses every line with "bad", and names the first, as nginx does. */
function refusesBad(text: string): Error | undefined {
  const line = text.split("\n").findIndex((one) => one.includes("bad")) + 1;
  return line === 0
    ? undefined
    : new AgentError("proxy-refused-config", `no: line ${line}`, { facts: { lines: [String(line)] } });
}

/** The same, but it does not say where. */
function refusesSomewhere(text: string): Error | undefined {
  return text.includes("bad") ? new AgentError("proxy-refused-config", "no", { facts: { lines: [] } }) : undefined;
}

function app(name: string, changes: Partial<DroveApp> = {}): DroveApp {
  const hosts = [{ host: "10.0.0.1", port: 80, portType: "HTTP" }];
  return { appName: name, appId: `${name}-1`, vhost: `${name}.test`, tags: {}, hosts, ...changes };
}

const apps = (...all: readonly DroveApp[]): readonly NamespaceSnapshot[] => [snapshotOf([], { apps: all })];

const good = (...names: readonly string[]) => names.map((name) => app(name));
const bad = (name: string, changes: Partial<DroveApp> = {}) => app(name, { tags: { tag: "bad" }, ...changes });

const start: Partial<World> = { inputs: inputsOf({ template }), refuses: refusesBad };

function served(loop: Loop): readonly string[] {
  const lines = loop.world.file?.text.split("\n").map((line) => line.trim()) ?? [];
  return lines.flatMap((line, at) => (line.startsWith("name") ? [`${line.slice(5)} ${lines[at + 1]?.slice(4)}`] : []));
}

const inQuarantine = (loop: Loop) => loop.cycles.at(-1)?.quarantined?.map(({ appId, serves }) => `${appId}: ${serves}`);

describe("an app that makes the proxy refuse the config", () => {
  test("is left out if it was never accepted; all others are served", async () => {
    await withLoop({ ...start, snapshots: apps(...good("a", "b"), bad("c"), ...good("d")) }, async (loop) => {
      assert.deepEqual(served(loop), ["a.test 80 none", "b.test 80 none", "d.test 80 none"]);
      assert.deepEqual(inQuarantine(loop), ["c-1: nothing"]);
      assert.equal(loop.cycles[0]?.error, undefined);
      assert.equal(loop.counts.checked, 1);
      const [told] = loop.cycles[0]?.quarantined ?? [];
      assert.deepEqual([told?.namespace, told?.vhost, told?.reason], ["a", "c.test", "no: line 9"]);
    });
  });

  test("keeps its last accepted form, with the instances that it has now", async () => {
    await withLoop({ ...start, snapshots: apps(...good("a"), app("c", { tags: { tag: "fine" } })) }, async (loop) => {
      loop.world.snapshots = apps(...good("a", "b"), bad("c"));
      await turn(loop);
      assert.deepEqual(served(loop), ["a.test 80 none", "b.test 80 none", "c.test 80 fine"]);
      assert.deepEqual(inQuarantine(loop), ["c-1: its last accepted form"]);
      const checks = loop.counts.checked;
      const moved = [{ host: "10.0.0.1", port: 81, portType: "HTTP" }];
      loop.world.snapshots = apps(...good("a", "b"), bad("c", { hosts: moved }));
      await turn(loop);
      assert.deepEqual(served(loop).at(-1), "c.test 81 fine");
      assert.equal(loop.counts.checked, checks, "it is known already");
    });
  });

  test("keeps its last accepted form under the next agent, since when it did, and no longer than needed", async () => {
    const fine = apps(...good("a"), app("c", { tags: { tag: "fine" } }));
    const moved = [{ host: "10.0.0.1", port: 81, portType: "HTTP" }];
    let { kept, file }: Pick<World, "kept" | "file"> = { kept: [], file: undefined };
    await withLoop({ ...start, snapshots: fine }, async (loop) => {
      assert.deepEqual(loop.world.kept, []);
      loop.world.snapshots = apps(...good("a"), bad("b"), bad("c"));
      await turn(loop);
      ({ kept, file } = loop.world);
    });
    const [form] = kept;
    assert.deepEqual([kept.length, form?.namespace, form?.app.appId, form?.app.tags], [1, "a", "c-1", { tag: "fine" }]);
    const since = 5;
    const remembered = kept.map((one) => ({ ...one, since }));
    const snapshots = apps(...good("a"), bad("b"), bad("c", { hosts: moved }));
    await withLoop({ ...start, snapshots, file, kept: remembered }, async (loop) => {
      assert.deepEqual(served(loop), ["a.test 80 none", "c.test 81 fine"]);
      assert.deepEqual(inQuarantine(loop), ["b-1: nothing", "c-1: its last accepted form"]);
      assert.equal(loop.cycles.at(-1)?.quarantined?.[1]?.since, since);
      assert.deepEqual(
        loop.world.kept.map((one) => [one.since, one.app.appId]),
        [[since, "c-1"]],
      );
      loop.world.snapshots = fine;
      await turn(loop);
      assert.deepEqual(loop.world.kept, []);
    });
  });

  test("is remembered while nothing is known of its namespace, and forgotten when it is gone", async () => {
    const kept = [{ namespace: "a", since: 5, app: app("c") }];
    await withLoop(
      { ...start, snapshots: [snapshotOf([], { namespace: "b", apps: good("x") })], kept },
      async (loop) => {
        assert.deepEqual(loop.world.kept, kept);
        loop.world.snapshots = apps(...good("a"));
        await turn(loop);
        assert.deepEqual(loop.world.kept, []);
      },
    );
  });

  test("is let out as soon as it changes", async () => {
    await withLoop({ ...start, snapshots: apps(...good("a"), bad("c")) }, async (loop) => {
      loop.world.snapshots = apps(...good("a"), app("c", { tags: { tag: "mended" } }));
      await turn(loop);
      assert.deepEqual(served(loop), ["a.test 80 none", "c.test 80 mended"]);
      assert.deepEqual(inQuarantine(loop), []);
    });
  });

  test("is let out when the template changes, and taken in again if it must be", async () => {
    await withLoop({ ...start, snapshots: apps(...good("a"), bad("c")) }, async (loop) => {
      const tolerant = compile(`<% for (const app of it.Vhosts) { %>
name <%= app.Vhost %> 80
  tag <%= (app.Tags.tag ?? "none").replace("bad", "mild") %>
<% } %>`);
      loop.world.inputs = inputsOf({ template: tolerant, templateId: "t2" });
      await turn(loop);
      assert.deepEqual(served(loop), ["a.test 80 none", "c.test 80 mild"]);
      loop.world.inputs = inputsOf({ template, templateId: "t3" });
      await turn(loop);
      assert.equal(loop.cycles.at(-1)?.fallback?.error, undefined, "an app that is served stays so");
      assert.deepEqual(served(loop), ["a.test 80 none", "c.test 80 mild"]);
    });
  });

  test("is tried again by itself, as the fault may have been the machine's", async () => {
    await withLoop({ ...start, snapshots: apps(...good("a"), bad("c")) }, async (loop) => {
      loop.world.refuses = () => undefined;
      await loop.clock.advance(59_000);
      assert.deepEqual(inQuarantine(loop), ["c-1: nothing"]);
      await loop.clock.advance(60_000);
      assert.deepEqual(inQuarantine(loop), []);
      assert.deepEqual(served(loop).at(-1), "c.test 80 bad");
    });
  });

  test("is one of several", async () => {
    const many = Array.from({ length: 100 }, (_, at) => app(`app-${String(at).padStart(3, "0")}`));
    for (const refuses of [refusesBad, refusesSomewhere]) {
      const some = many.map((one, at) => (at % 31 === 7 ? bad(one.appName) : one));
      await withLoop({ ...start, refuses, snapshots: apps(...some) }, async (loop) => {
        assert.equal(served(loop).length, 97);
        const expected = [7, 38, 69].map((at) => `app-${String(at).padStart(3, "0")}-1: nothing`);
        assert.deepEqual(inQuarantine(loop), expected);
      });
    }
  });

  test("takes only itself out of a vhost that it shares", async () => {
    const twin = bad("twin", { vhost: "a.test" });
    await withLoop({ ...start, snapshots: apps(...good("a", "b"), twin) }, async (loop) => {
      assert.deepEqual(served(loop), ["a.test 80 none", "b.test 80 none"]);
      assert.deepEqual(inQuarantine(loop), ["twin-1: nothing"]);
    });
  });

  test("changes nothing else where quarantine_enabled is false", async () => {
    const inputs = inputsOf({ template });
    const off: Inputs = { ...inputs, config: { ...inputs.config, quarantine_enabled: false } };
    await withLoop({ ...start, inputs: off, snapshots: apps(...good("a"), bad("c")) }, async (loop) => {
      assert.deepEqual(served(loop), []);
      assert.match(String(loop.cycles[0]?.error), /no: line/);
      assert.equal(loop.counts.checked, 0);
    });
  });
});

describe("an app for which the template throws", () => {
  const throwing = compile(`<% for (const app of it.Vhosts) { %>
name <%= app.Vhost %> 80
  tag <%= app.Tags.tag.toUpperCase() %>
<% } %>`);

  test("is left out by name, without a question to the proxy", async () => {
    const fine = (name: string) => app(name, { tags: { tag: "x" } });
    const inputs = inputsOf({ template: throwing });
    await withLoop({ inputs, snapshots: apps(fine("a"), app("b"), fine("c"), app("d")) }, async (loop) => {
      assert.deepEqual(served(loop), ["a.test 80 X", "c.test 80 X"]);
      assert.deepEqual(inQuarantine(loop), ["b-1: nothing", "d-1: nothing"]);
      assert.equal(loop.counts.checked, 0);
      assert.match(loop.cycles[0]?.quarantined?.[0]?.reason ?? "", /main\.eta:3: .*toUpperCase/);
    });
  });
});

describe("a template that is refused whatever the apps are", () => {
  test("is nobody's fault, and found out once", async () => {
    const broken = compile("bad\n<% for (const app of it.Vhosts) { %>\nname <%= app.Vhost %>\n<% } %>");
    const inputs = inputsOf({ template: broken });
    await withLoop({ ...start, inputs, snapshots: apps(...good("a", "b", "c")) }, async (loop) => {
      assert.deepEqual(inQuarantine(loop), []);
      assert.match(String(loop.cycles[0]?.error), /no: line 1/);
      assert.equal(loop.counts.checked, 1);
      await turn(loop);
      assert.equal(loop.counts.checked, 1);
    });
  });
});

test("a file of before that the proxy refuses while changes are frozen is no app's fault", async () => {
  await withLoop({ ...start, snapshots: apps(...good("a")) }, async (loop) => {
    const [file] = loop.applied.map((plan) => plan.file);
    assert.ok(file !== undefined);
    const pinned = { ...file, text: "bad", generation: "old" };
    loop.world.held = {
      by: "freeze",
      since: 0,
      until: undefined,
      reason: "",
      rollback: { generation: 7, file: pinned },
    };
    loop.world.snapshots = apps(...good("a", "b"));
    await turn(loop);
    assert.match(String(loop.cycles.at(-1)?.error), /no: line 1/);
    loop.world.held = undefined;
    await turn(loop);
    assert.deepEqual(inQuarantine(loop), []);
    assert.deepEqual(served(loop), ["a.test 80 none", "b.test 80 none"]);
  });
});

test("an app that was taken in the end is a new one to the quarantine when it is refused again", async () => {
  const proxy = { refused: "bad" };
  const refuses: World["refuses"] = (text) =>
    refusesBad(text.replaceAll(/bad|worse/g, (word) => (word === proxy.refused ? "bad" : "well")));
  await withLoop({ ...start, refuses, snapshots: apps(...good("a"), bad("c")) }, async (loop) => {
    const since = () => loop.cycles.at(-1)?.quarantined?.map((one) => one.since) ?? [];
    const [first = 0] = since();
    proxy.refused = "worse";
    await loop.clock.advance(120_000);
    await turn(loop);
    assert.deepEqual(since(), []);
    loop.world.snapshots = apps(...good("a"), app("c", { tags: { tag: "worse" } }));
    await turn(loop);
    assert.deepEqual(inQuarantine(loop), ["c-1: its last accepted form"]);
    assert.ok((since()[0] ?? 0) > first, "since now");
  });
});

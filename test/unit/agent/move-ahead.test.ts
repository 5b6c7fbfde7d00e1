import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as v from "valibot";
import { configSchema } from "../../../agent/config/schema.ts";
import { AgentError } from "../../../agent/errors.ts";
import type { Plan, ProxyDriver, RunningServer, Step, StepFailure } from "../../../agent/model.ts";
import type { TemplateData } from "../../../agent/render/template-data.ts";
import { inputsOf, type Loop, snapshotOf, turn, withLoop } from "./stubs.ts";

/** What a HAProxy of this file has, and how it takes what it is asked. */
interface Haproxy {
  readonly servers: Map<string, RunningServer>;
  readonly names: Set<string>;
  readonly refuses: Set<string>;
  /** The worker is another one than that of the last look. */
  replaced: boolean;
  file: Plan["file"] | undefined;
  /** What it was asked, in order. */
  readonly asked: string[];
  fails: "ahead" | "look" | "file" | undefined;
}

const keyOf = ({ backend, server }: Step) => `${backend}/${server.name}`;

function haproxyOf(): Haproxy {
  return {
    servers: new Map(),
    names: new Set(),
    refuses: new Set(),
    replaced: false,
    file: undefined,
    asked: [],
    fails: undefined,
  };
}

function take(haproxy: Haproxy, step: Step): StepFailure | undefined {
  const { servers, names, refuses } = haproxy;
  const { kind, backend, server } = step;
  haproxy.asked.push(`${kind} ${keyOf(step)}`);
  if (!names.has(backend) || refuses.has(keyOf(step))) return { step, message: "no" };
  if (kind === "remove") servers.delete(keyOf(step));
  else
    servers.set(keyOf(step), { backend, name: server.name, address: step.server.address, port: 80, state: "serving" });
  return undefined;
}

/** After a reload it has what the file says: here, all that was wanted. */
function driverOf(haproxy: Haproxy): ProxyDriver {
  const observe: ProxyDriver["observe"] = async () => {
    haproxy.asked.push("look");
    if (haproxy.fails === "look") throw new Error("does not answer");
    haproxy.replaced = false;
    const { file, names, servers } = haproxy;
    const runtime = { names: new Set(names), servers: [...servers.values()] };
    const state = { running: true, startable: false, version: "3.2.0", servedGeneration: file?.generation, file };
    return { ...state, unproven: false, oldWorkers: 0, runtime };
  };
  const apply: ProxyDriver["apply"] = async (plan) => {
    const failed = plan.steps.flatMap((step) => take(haproxy, step) ?? []);
    if (plan.writes) {
      haproxy.asked.push(plan.kind === "reload" ? "reload" : "write");
      if (haproxy.fails === "file") throw new Error("disk full");
      haproxy.file = plan.file;
    }
    if (plan.kind === "reload") load(haproxy, plan.file.text);
    return { generation: plan.file.generation, proof: "runtime", tookMs: { check: 0, reload: 0 }, failed };
  };
  const moveAhead: ProxyDriver["moveAhead"] = async (batches) => {
    haproxy.asked.push("same?");
    if (haproxy.replaced) return [];
    const steps = [...batches].flat();
    for (const step of steps) take(haproxy, step);
    if (haproxy.fails === "ahead") throw new AgentError("proxy-api-failed", "does not answer");
    return steps;
  };
  return { name: "haproxy", observe, moveAhead, apply, check: async () => undefined, run: async () => undefined };
}

/** Reads the lines of `template` below. */
function load(haproxy: Haproxy, text: string): void {
  haproxy.names.clear();
  haproxy.servers.clear();
  let backend = "";
  for (const [word, name = "", address = ""] of text.split("\n").map((line) => line.trim().split(" "))) {
    if (word === "backend") {
      backend = name;
      haproxy.names.add(name);
    }
    if (word !== "server") continue;
    const server = { backend, name, address: address.split(":")[0] ?? "", port: 80, state: "serving" } as const;
    haproxy.servers.set(`${backend}/${name}`, server);
  }
}

const print = (data: TemplateData) =>
  [
    `description ${data.Generation}`,
    ...data.Backends.flatMap((backend) => [
      `backend ${backend.Name}`,
      ...(backend.Tags["color"] === undefined
        ? []
        : [`  # is ${backend.Tags["color"]}`, `  color ${backend.Tags["color"]}`]),
      ...backend.Servers.map((server) => `  server ${server.Name} ${server.Address}:${server.Port}`),
    ]),
  ].join("\n");

function inputs(settings: Readonly<Record<string, unknown>> = {}) {
  const namespaces = [{ name: "a", drove: ["http://d.test"] }];
  const config = v.parse(configSchema, { proxy_platform: "haproxy", ...settings, namespaces });
  return inputsOf({ config, template: { engine: "eta", path: "/t/main.eta", render: print } });
}

/** Vhosts a.test and b.test; the hosts are those of a.test. */
function appsOf(hosts: readonly string[], tags: Readonly<Record<string, string>> = {}) {
  const listed = hosts.map((host) => ({ host, port: 80, portType: "HTTP" }));
  const [a, b] = snapshotOf(["a.test", "b.test"]).apps;
  if (a === undefined || b === undefined) throw new Error("two apps");
  return [snapshotOf([], { apps: [{ ...a, hosts: listed, tags }, b] })];
}

const one = ["10.0.0.1"];
const two = ["10.0.0.1", "10.0.0.2"];
const added = "add a.test/server_10.0.0.2_80";

/** A loop that has come to rest with one member of a.test. */
async function withHaproxy(use: (haproxy: Haproxy, loop: Loop) => Promise<void>, settings = {}): Promise<void> {
  const haproxy = haproxyOf();
  const start = async (loop: Loop) => {
    haproxy.asked.length = 0;
    await use(haproxy, loop);
  };
  await withLoop({ inputs: inputs(settings), snapshots: appsOf(one) }, start, driverOf(haproxy));
}

/** What HAProxy was asked in the cycle after this change. */
async function askedAfter(haproxy: Haproxy, loop: Loop, snapshots = appsOf(two)): Promise<readonly string[]> {
  haproxy.asked.length = 0;
  loop.world.snapshots = snapshots;
  await turn(loop);
  return [...haproxy.asked];
}

describe("a member that comes", () => {
  test("is added first; then HAProxy is looked at, and the file written", async () => {
    await withHaproxy(async (haproxy, loop) => {
      assert.deepEqual(await askedAfter(haproxy, loop), ["same?", added, "look", "write"]);
      const { plan, report } = loop.cycles.at(-1) ?? {};
      assert.deepEqual([plan?.kind, plan?.taken?.length, plan?.steps.length], ["runtime", 1, 0]);
      assert.deepEqual(report?.failed, []);
      assert.match(haproxy.file?.text ?? "", /10\.0\.0\.2:80/);
      assert.deepEqual(await askedAfter(haproxy, loop), ["look"], "nothing is left to do");
    });
  });

  test("waits for the look where HAProxy is another process by now", async () => {
    await withHaproxy(async (haproxy, loop) => {
      haproxy.replaced = true;
      haproxy.servers.clear();
      const asked = await askedAfter(haproxy, loop);
      assert.deepEqual(asked.slice(0, 2), ["same?", "look"]);
      assert.deepEqual(asked.slice(2).sort(), [
        "add a.test/server_10.0.0.1_80",
        added,
        "add b.test/server_10.0.0.1_80",
        "write",
      ]);
    });
  });

  test("and is refused is asked for once more after the look, then told, then left to a reload", async () => {
    await withHaproxy(async (haproxy, loop) => {
      haproxy.refuses.add("a.test/server_10.0.0.2_80");
      assert.deepEqual(await askedAfter(haproxy, loop), ["same?", added, "look", added, "write"]);
      assert.equal(loop.cycles.at(-1)?.report?.failed.length, 1);
      assert.deepEqual(await askedAfter(haproxy, loop), ["look", "reload"]);
      assert.ok(haproxy.servers.has("a.test/server_10.0.0.2_80"));
    });
  });

  test("that HAProxy has already, by an operator's hand, is no failure", async () => {
    await withHaproxy(async (haproxy, loop) => {
      haproxy.refuses.add("a.test/server_10.0.0.2_80");
      haproxy.servers.set("a.test/server_10.0.0.2_80", {
        backend: "a.test",
        name: "server_10.0.0.2_80",
        address: "10.0.0.2",
        port: 80,
        state: "serving",
      });
      assert.deepEqual(await askedAfter(haproxy, loop), ["same?", added, "look", "write"]);
      assert.deepEqual(loop.cycles.at(-1)?.report?.failed, []);
    });
  });

  test("comes before the reload that something else of its backend needs", async () => {
    await withHaproxy(async (haproxy, loop) => {
      const asked = await askedAfter(haproxy, loop, appsOf(two, { color: "blue" }));
      assert.deepEqual(asked, ["same?", added, "look", "reload"]);
    });
  });

  test("and fails ahead of the look is no failure of the cycle: the look tells what is there", async () => {
    await withHaproxy(async (haproxy, loop) => {
      haproxy.fails = "ahead";
      assert.deepEqual(await askedAfter(haproxy, loop), ["same?", added, "look", "write"]);
      assert.equal(loop.cycles.at(-1)?.error, undefined);
      assert.deepEqual(loop.cycles.at(-1)?.report?.failed, []);
    });
  });

  test("with a backend that HAProxy has lost is mended by a reload", async () => {
    await withHaproxy(async (haproxy, loop) => {
      haproxy.names.delete("a.test");
      assert.deepEqual(await askedAfter(haproxy, loop), ["same?", added, "look", "reload"]);
      assert.ok(haproxy.servers.has("a.test/server_10.0.0.2_80"));
    });
  });

  test("with an app that is new waits for the reload", async () => {
    await withHaproxy(async (haproxy, loop) => {
      const [snapshot] = appsOf(two);
      const apps = [...(snapshot?.apps ?? []), ...snapshotOf(["c.test"]).apps];
      assert.deepEqual(await askedAfter(haproxy, loop, [snapshotOf([], { apps })]), ["look", "reload"]);
    });
  });

  test("waits while HAProxy is held", async () => {
    await withHaproxy(async (haproxy, loop) => {
      loop.world.held = { by: "proxy-restart", since: 0 };
      assert.deepEqual(await askedAfter(haproxy, loop), ["look"]);
      loop.world.held = undefined;
      assert.deepEqual(await askedAfter(haproxy, loop), ["look", added, "write"]);
    });
  });
});

describe("after a cycle that failed nothing goes ahead", () => {
  for (const fails of ["look", "file"] as const)
    test(`at the ${fails}`, async () => {
      await withHaproxy(async (haproxy, loop) => {
        haproxy.fails = fails;
        await askedAfter(haproxy, loop);
        haproxy.fails = undefined;
        const asked = await askedAfter(haproxy, loop, appsOf(["10.0.0.1", "10.0.0.2", "10.0.0.3"]));
        assert.deepEqual(asked, ["look", "add a.test/server_10.0.0.3_80", "write"]);
      });
    });
});

test("a member that goes and comes back is as it was", async () => {
  await withHaproxy(async (haproxy, loop) => {
    assert.deepEqual(await askedAfter(haproxy, loop, appsOf([])), [
      "same?",
      "remove a.test/server_10.0.0.1_80",
      "look",
      "write",
    ]);
    assert.deepEqual(await askedAfter(haproxy, loop, appsOf(one)), [
      "same?",
      "add a.test/server_10.0.0.1_80",
      "look",
      "write",
    ]);
  });
});

test("without reloads members go ahead too, and the file stays somebody else's", async () => {
  const haproxy = haproxyOf();
  load(haproxy, "backend a.test\n");
  const use = async (loop: Loop) => {
    assert.equal(loop.cycles.at(-1)?.plan?.missingBackends.length, 1);
    assert.deepEqual(await askedAfter(haproxy, loop), ["same?", added, "look"]);
    assert.equal(loop.cycles.at(-1)?.plan?.kind, "runtime");
  };
  await withLoop({ inputs: inputs({ haproxy_reload_disabled: true }), snapshots: appsOf(one) }, use, driverOf(haproxy));
});

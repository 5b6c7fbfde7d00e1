import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { createPlusDriver } from "../../../agent/apply/nginx-plus.ts";
import { createPlusClient } from "../../../agent/apply/nginx-plus-client.ts";
import { noObserver } from "../../../agent/apply/proxy-observer.ts";
import { systemClock } from "../../../agent/clock.ts";
import type { ApplyReport, Plan, ProxyDriver, RunningState, Server, Step } from "../../../agent/model.ts";
import { type FakePlusOptions, startFakePlus } from "../../fake/nginx-plus.ts";
import { eventually } from "../../image/support/eventually.ts";
import { fileOf, runningWith } from "../plan/fixtures.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

const config = `
  upstream gw_a.test { zone z 64k; server 10.0.0.1:80 max_fails=0 fail_timeout=1s; server 10.0.0.2:80; }
  upstream b.test { zone z; }
  upstream fixed.test { server 10.0.0.9:80; }
`;
const attributes = "max_fails=0 fail_timeout=1s slow_start=0s";
const quick = { everyMs: 5 };

interface Options extends FakePlusOptions {
  readonly apiOnly?: boolean;
  readonly drainMs?: number;
  readonly timeoutMs?: number;
  /** What nginx has when it is reloaded. */
  readonly reloaded?: string;
  readonly nginx?: Partial<ProxyDriver>;
}

/** A driver whose nginx is the simulator, as far as reloads go. */
async function started(options: Options = {}) {
  const plus = await startFakePlus({ config, ...options });
  const { signal, ...stop } = stoppable();
  const asked: Plan["kind"][] = [];
  const changes = { count: 0 };
  const drained: string[] = [];
  const nginx: ProxyDriver = {
    name: "nginx",
    observe: async () => runningWith("text"),
    check: async () => undefined,
    run: async () => undefined,
    async apply(plan): Promise<ApplyReport> {
      asked.push(plan.kind);
      assert.deepEqual(plan.steps, []);
      if (plan.kind === "reload") plus.reload(options.reloaded);
      return { generation: plan.file.generation, proof: "generation", tookMs: { check: 1, reload: 1 }, failed: [] };
    },
    ...options.nginx,
  };
  const driver = createPlusDriver({
    settings: () => ({
      api: plus.address,
      apiOnly: options.apiOnly ?? false,
      drainMs: options.drainMs ?? 30_000,
      controlPlaneTimeoutMs: options.timeoutMs ?? 30_000,
    }),
    nginx,
    connect: createPlusClient,
    clock: systemClock(),
    observer: {
      ...noObserver,
      drained: ({ backend, server, cut }) => void drained.push(`${backend} ${server} ${cut}`),
    },
    onChange: () => {
      changes.count += 1;
    },
  });
  const running = driver.run(signal);
  cleanups.push(async () => {
    stop.stop();
    await running;
    await plus.stop();
  });
  return { plus, driver, signal, asked, changes, drained };
}

function stoppable() {
  const controller = new AbortController();
  return { signal: controller.signal, stop: () => controller.abort() };
}

function serverAt(name: string, changes: Partial<Server> = {}): Server {
  const [address = "", port] = name.split(":");
  return { name, host: address, address, port: Number(port), portType: "http", attributes, ...changes };
}

function planOf(steps: readonly Step[], changes: Partial<Plan> = {}): Plan {
  return {
    kind: "runtime",
    file: fileOf("text"),
    reasons: [],
    steps,
    check: "needed",
    writes: false,
    missingBackends: [],
    ...changes,
  };
}

const add = (backend: string, name: string): Step => ({ kind: "add", backend, server: serverAt(name) });
const remove = (backend: string, name: string): Step => ({ kind: "remove", backend, server: { name } });
const enable = (backend: string, name: string): Step => ({ kind: "enable", backend, server: serverAt(name) });

/** `name state attributes` of all servers, by backend. */
function shown({ runtime }: RunningState): Record<string, readonly string[]> {
  const all = Map.groupBy(runtime?.servers ?? [], (one) => one.backend);
  return Object.fromEntries(
    [...(runtime?.names ?? [])].map((name) => [
      name,
      (all.get(name) ?? []).map((one) => `${one.name} ${one.state} ${one.parameters}`),
    ]),
  );
}

type Started = Awaited<ReturnType<typeof started>>;

function callsOf({ plus }: Pick<Started, "plus">): readonly string[] {
  return plus.calls().map(({ method, path }) => `${method} ${path}`);
}

/** The addresses of an upstream, with what is special about them. */
function serversOf({ plus }: Pick<Started, "plus">, upstream: string): readonly string[] {
  return plus.upstreams.servers(upstream).map(({ server, drain }) => `${server}${drain ? " drain" : ""}`);
}

describe("what NGINX Plus has", () => {
  test("is seen in one list, with the parameters of what is new in it, by the agent's names", async () => {
    const one = await started();
    const { driver, signal, plus } = one;
    const state = await driver.observe(signal);
    assert.equal(state.runtime?.outliveReloads, true);
    assert.deepEqual(shown(state), {
      "gw_a.test": [
        "10.0.0.1:80 serving max_fails=0 fail_timeout=1s slow_start=0s",
        "10.0.0.2:80 serving max_fails=1 fail_timeout=10s slow_start=0s",
      ],
      "gw_b.test": [],
    });
    assert.deepEqual(callsOf(one).slice(3), ["GET /http/upstreams/gw_a.test/servers"]);
    plus.forgetCalls();
    await driver.observe(signal);
    assert.deepEqual(
      callsOf(one)
        .map((call) => call.split("?")[0])
        .sort(),
      ["GET /http/upstreams", "GET /nginx"],
    );
  });

  test("twice is seen twice, so that the second one can go", async () => {
    const one = await started();
    one.plus.upstreams.add("b.test", '{"server":"10.0.0.5:80"}');
    one.plus.upstreams.add("b.test", '{"server":"10.0.0.5:80"}');
    const names = (await one.driver.observe(one.signal)).runtime?.servers.map((server) => server.name);
    assert.deepEqual(names?.slice(2), ["10.0.0.5:80", "10.0.0.5:80#1"]);
    await one.driver.apply(planOf([remove("gw_b.test", "10.0.0.5:80#1")]), one.signal);
    assert.deepEqual(
      one.plus.upstreams.servers("b.test").map(({ id }) => id),
      [0],
    );
  });

  test("cannot be told while the API does not answer: nginx is then as any nginx", async () => {
    const { plus, driver, signal } = await started();
    await plus.stop();
    const state = await driver.observe(signal);
    assert.equal(state.runtime, undefined);
    assert.match(state.runtimeFailure ?? "", /^the NGINX Plus API at 127\.0\.0\.1:\d+ .* refuses connections/);
    await plus.start();
    assert.notEqual((await driver.observe(signal)).runtime, undefined);
  });

  test("is waited for as long as the control plane may take", async () => {
    const { plus, driver, signal } = await started({ timeoutMs: 200 });
    plus.fault({ kind: "hang" });
    assert.match(
      (await driver.observe(signal)).runtimeFailure ?? "",
      /did not answer within 0\.2 s; does nginx hang\?/,
    );
  });

  test("is the same until nginx loads something", async () => {
    const { plus, driver, signal, changes } = await started();
    const ahead = [[add("shop.test", "10.0.0.9:80")]];
    assert.deepEqual(await driver.moveAhead?.(ahead, signal), []);
    await driver.observe(signal);
    assert.deepEqual(await driver.moveAhead?.(ahead, signal), ahead.flat());
    plus.reload();
    assert.deepEqual(await driver.moveAhead?.(ahead, signal), []);
    await eventually("the change is told", async () => changes.count === 1, quick);
  });
});

describe("steps", () => {
  test("add, change and remove servers, those of one upstream in order", async () => {
    const one = await started();
    await one.driver.observe(one.signal);
    one.plus.forgetCalls();
    const report = await one.driver.apply(
      planOf([
        add("gw_a.test", "10.0.0.3:80"),
        { kind: "modify", backend: "gw_a.test", server: serverAt("10.0.0.2:80") },
        remove("gw_a.test", "10.0.0.1:80"),
        add("gw_b.test", "10.0.0.4:80"),
      ]),
      one.signal,
    );
    assert.deepEqual([report.proof, report.failed], ["runtime", []]);
    const ofA = one.plus.calls().filter((call) => call.path.includes("gw_a"));
    assert.deepEqual(
      ofA.map(({ method, body }) => `${method} ${body}`),
      [
        'POST {"server":"10.0.0.3:80","max_fails":0,"fail_timeout":"1s","slow_start":"0s"}',
        'PATCH {"max_fails":0,"fail_timeout":"1s","slow_start":"0s"}',
        "DELETE ",
      ],
    );
    assert.deepEqual(shown(await one.driver.observe(one.signal)), {
      "gw_a.test": [`10.0.0.2:80 serving ${attributes}`, `10.0.0.3:80 serving ${attributes}`],
      "gw_b.test": [`10.0.0.4:80 serving ${attributes}`],
    });
    assert.deepEqual(one.asked, []);
  });

  test("of a server that is gone already have nothing to do", async () => {
    const one = await started();
    await one.driver.observe(one.signal);
    one.plus.upstreams.remove("gw_a.test", "0");
    const report = await one.driver.apply(
      planOf([remove("gw_a.test", "10.0.0.1:80"), remove("gw_a.test", "10.0.0.7:80")]),
      one.signal,
    );
    assert.deepEqual(report.failed, []);
  });

  test("that are refused are told one by one, and the others are taken", async () => {
    const one = await started({ limit: 3 });
    await one.driver.observe(one.signal);
    const steps = [
      add("gw_a.test", "10.0.0.3:80"),
      add("gw_a.test", "10.0.0.4:80"),
      remove("gw_a.test", "10.0.0.1:80"),
      add("gw_fixed.test", "10.0.0.5:80"),
    ];
    const { failed } = await one.driver.apply(planOf(steps), one.signal);
    assert.deepEqual(
      failed.map(({ step, message }) => [step.server.name, message]),
      [
        ["10.0.0.5:80", "NGINX Plus has no such upstream"],
        ["10.0.0.4:80", "upstream memory exhausted (500 UpstreamOutOfMemory); make the zone of the upstream larger"],
      ],
    );
    assert.deepEqual(serversOf(one, "gw_a.test"), ["10.0.0.2:80", "10.0.0.3:80"]);
  });

  test("end with the API: a read-only one, one that fails in the middle", async () => {
    const one = await started();
    await one.driver.observe(one.signal);
    one.plus.setWritable(false);
    await assert.rejects(one.driver.apply(planOf([add("gw_b.test", "10.0.0.3:80")]), one.signal), /is read-only/);
    one.plus.setWritable(true);
    one.plus.fault({ kind: "reset" }, { on: ({ method }) => method === "DELETE", times: 1 });
    const steps = [add("gw_a.test", "10.0.0.3:80"), remove("gw_a.test", "10.0.0.1:80")];
    await assert.rejects(one.driver.apply(planOf(steps), one.signal), /closed the connection/);
    assert.deepEqual(serversOf(one, "gw_a.test"), ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"]);
  });

  test("are taken for several upstreams at once, but not for all", async () => {
    const names = Array.from({ length: 40 }, (_, index) => `gw_${index}.test`);
    const one = await started({ config: names.map((name) => `upstream ${name} { zone z 64k; }`).join("\n") });
    await one.driver.observe(one.signal);
    one.plus.fault({ kind: "slow", ms: 10 });
    one.plus.forgetCalls();
    await one.driver.apply(planOf(names.map((name) => add(name, "10.0.0.1:80"))), one.signal);
    const most = one.plus.mostAtOnce();
    assert.ok(most > 1 && most <= 8, String(most));
  });
});

describe("a server that leaves", () => {
  test("with requests under way drains until they have ended", async () => {
    const one = await started();
    one.plus.upstreams.setActive("gw_a.test", "10.0.0.1:80", 2);
    await one.driver.observe(one.signal);
    await one.driver.apply(planOf([remove("gw_a.test", "10.0.0.1:80")]), one.signal);
    assert.deepEqual(serversOf(one, "gw_a.test"), ["10.0.0.1:80 drain", "10.0.0.2:80"]);
    assert.match(shown(await one.driver.observe(one.signal))["gw_a.test"]?.[0] ?? "", /^10\.0\.0\.1:80 leaving/);
    one.plus.upstreams.setActive("gw_a.test", "10.0.0.1:80", 0);
    await eventually("it is gone", async () => one.drained.length > 0, quick);
    assert.deepEqual(one.drained, ["gw_a.test 10.0.0.1:80 0"]);
    assert.deepEqual(serversOf(one, "gw_a.test"), ["10.0.0.2:80"]);
  });

  test("is removed when its time is up", async () => {
    const one = await started({ drainMs: 100 });
    one.plus.upstreams.setActive("gw_a.test", "10.0.0.1:80", 2);
    await one.driver.observe(one.signal);
    const begun = performance.now();
    await one.driver.apply(planOf([remove("gw_a.test", "10.0.0.1:80")]), one.signal);
    await eventually("it is gone", async () => one.drained.length > 0, quick);
    assert.ok(performance.now() - begun >= 100);
  });

  test("without requests, or without time, goes at once", async () => {
    const one = await started({ drainMs: 0 });
    one.plus.upstreams.setActive("gw_a.test", "10.0.0.1:80", 2);
    await one.driver.observe(one.signal);
    await one.driver.apply(planOf([remove("gw_a.test", "10.0.0.1:80")]), one.signal);
    assert.deepEqual(serversOf(one, "gw_a.test"), ["10.0.0.2:80"]);
  });

  for (const undrains of [true, false])
    test(`and is wanted again comes back${undrains ? "" : ", as a new one where draining cannot be undone"}`, async () => {
      const one = await started({ undrains });
      one.plus.upstreams.setActive("gw_a.test", "10.0.0.1:80", 2);
      await one.driver.observe(one.signal);
      await one.driver.apply(planOf([remove("gw_a.test", "10.0.0.1:80")]), one.signal);
      const { failed } = await one.driver.apply(planOf([enable("gw_a.test", "10.0.0.1:80")]), one.signal);
      assert.deepEqual(failed, []);
      assert.deepEqual([...serversOf(one, "gw_a.test")].sort(), ["10.0.0.1:80", "10.0.0.2:80"]);
      const id = one.plus.upstreams.servers("gw_a.test").find(({ server }) => server === "10.0.0.1:80")?.id;
      assert.equal(id, undrains ? 0 : 2);
    });

  test("goes on leaving after a reload, by its new id", async () => {
    const one = await started();
    one.plus.upstreams.setActive("gw_a.test", "10.0.0.2:80", 1);
    await one.driver.observe(one.signal);
    await one.driver.apply(planOf([remove("gw_a.test", "10.0.0.2:80")]), one.signal);
    one.plus.reload("upstream gw_a.test { zone z 64k; server 10.0.0.2:80; server 10.0.0.8:80; }");
    await eventually("it is gone", async () => one.drained.length > 0, quick);
    assert.deepEqual(serversOf(one, "gw_a.test"), ["10.0.0.8:80"]);
  });
});

describe("a reload", () => {
  test("goes between the steps for what is there and those for what it brings", async () => {
    const one = await started({ reloaded: `${config} upstream gw_new.test { zone z; }` });
    await one.driver.observe(one.signal);
    const steps = [add("gw_b.test", "10.0.0.4:80"), add("gw_new.test", "10.0.0.5:80")];
    const report = await one.driver.apply(planOf(steps, { kind: "reload", writes: true }), one.signal);
    assert.deepEqual([report.proof, report.failed, one.asked], ["generation", [], ["reload"]]);
    assert.deepEqual(serversOf(one, "gw_new.test"), ["10.0.0.5:80"]);
    assert.ok(one.changes.count > 0, "the loop looks again: what changed in the middle of the reload may be lost");
  });

  test("after which the API does not answer has done its own part", async () => {
    const one = await started();
    await one.driver.observe(one.signal);
    one.plus.fault({ kind: "status", code: 502 });
    const plan = planOf([add("gw_new.test", "10.0.0.5:80")], { kind: "reload", writes: true });
    const { proof, failed } = await one.driver.apply(plan, one.signal);
    assert.equal(proof, "generation");
    assert.match(failed[0]?.message ?? "", /answers with status 502/);
  });

  test("is not made where only the file follows the servers", async () => {
    const one = await started();
    await one.driver.observe(one.signal);
    const plan = planOf([add("gw_b.test", "10.0.0.4:80")], { writes: true });
    assert.equal((await one.driver.apply(plan, one.signal)).proof, "runtime");
    assert.deepEqual(one.asked, ["write"]);
  });
});

describe("with the API only", () => {
  const never = () => Promise.reject(new Error("nginx itself is somebody else's"));
  const nginx = { observe: never, apply: never };

  test("nginx runs if its API answers, and is never touched otherwise", async () => {
    const one = await started({ apiOnly: true, nginx });
    const state = await one.driver.observe(one.signal);
    assert.deepEqual([state.running, state.version, state.file], [true, "1.29.3", undefined]);
    await one.driver.apply(planOf([add("gw_b.test", "10.0.0.4:80")]), one.signal);
    assert.deepEqual(serversOf(one, "b.test"), ["10.0.0.4:80"]);
    await one.plus.stop();
    // A connection that is just being closed is told as a failure first.
    const isDown = () =>
      one.driver.observe(one.signal).then(
        ({ running }) => !running,
        () => false,
      );
    await eventually("it is seen to be down", isDown, quick);
  });

  test("an API that makes no sense is an error", async () => {
    const one = await started({ apiOnly: true, nginx });
    one.plus.fault({ kind: "garbage" });
    await assert.rejects(one.driver.observe(one.signal), /answers what no NGINX Plus says/);
  });
});

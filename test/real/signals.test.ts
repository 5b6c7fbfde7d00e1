import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { DemoApp } from "../fake/demo-app.ts";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { hiddenFiles, scriptIn } from "./support/files.ts";

const shop = exposedApp({ name: "shop" });

test("SIGHUP finds a change that no event told of", async (t) => {
  const { gateway, unannounced } = await openWithSecret(t);
  gateway.agent().signal("SIGHUP");
  await gateway.servedBy("shop.test", unannounced);
});

for (const method of ["GET", "POST"]) {
  test(`${method} /v1/reload finds a change that no event told of`, async (t) => {
    const { gateway, unannounced } = await openWithSecret(t);
    const { status, body } = await gateway.api("/v1/reload", { method });
    assert.equal(status, 202);
    assert.match(body, /^(queued|queue is full)$/m);
    await gateway.servedBy("shop.test", unannounced);
  });
}

test("the slow resync finds a change that no event told of", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], settings: { full_resync_interval_sec: 1 } });
  const app = await gateway.instance("shop-1.0.0", { unlisted: true });
  gateway.cluster.quietly((apps) => apps.addInstance("shop-1.0.0", app.endpoint));
  await gateway.servedBy("shop.test", app);
});

for (const name of ["SIGTERM", "SIGINT"] as const) {
  test(`${name} ends the agent at once with 0, and nginx goes on`, async (t) => {
    const gateway = await openGateway(t, { apps: [shop] });
    const app = await gateway.instance("shop-1.0.0");
    await gateway.inStep();
    assert.equal(await endsWithin(gateway, { ms: 4500, signal: name }), 0);
    assert.deepEqual(gateway.agent().log().at(-1)?.msg, "stopped");
    await gateway.servedBy("shop.test", app);
    assert.deepEqual(await hiddenFiles(gateway.folder), []);
  });
}

test("with stop_delay_sec it is not ready first, but in step, and ends when it is told again", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], settings: { stop_delay_sec: 600 } });
  await gateway.inStep();
  gateway.agent().signal("SIGTERM");
  await eventually("not ready", async () => (await gateway.api("/v1/ready")).body === "stopping\n");
  assert.equal((await gateway.api("/v1/live")).status, 200);
  const late = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", late);
  assert.equal((await gateway.api("/v1/ready")).status, 503);
  assert.equal(gateway.agent().hasEnded(), false);
  gateway.agent().signal("SIGTERM");
  assert.equal(await gateway.agent().ended, 0);
});

test("the delay of a stop passes by itself, and nothing is waited for where nothing was served yet", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], settings: { stop_delay_sec: 1 } });
  await gateway.inStep();
  const begun = performance.now();
  gateway.agent().signal("SIGINT");
  assert.equal(await gateway.agent().ended, 0);
  assert.ok(performance.now() - begun >= 1000);

  await gateway.configure({ stop_delay_sec: 600, state_persistence_enabled: false });
  await gateway.cluster.controller(0).stop();
  const agent = gateway.startAgent();
  await agent.says("started");
  agent.signal("SIGTERM");
  assert.equal(await agent.ended, 0);
});

test("SIGTERM does not wait for controllers that hang", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  gateway.cluster.controller(0).fault({ kind: "hang" });
  await gateway.cluster.waitFor((seen) => seen.some((one) => one.fault === "hang"));
  assert.equal(await endsWithin(gateway, { ms: 4500, signal: "SIGTERM" }), 0);
});

test("SIGTERM does not wait for a check of nginx that hangs, and leaves no staged file", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  const hanging = await scriptIn(gateway.folder, "nginx-that-hangs", ['case "$*" in *-t*) sleep 60;; esac']);
  await gateway.configure({ nginx_cmd: hanging });
  await gateway.agent().says("the configuration has changed");
  await gateway.instance("shop-1.0.0");
  await eventually("a check is under way", async () => (await hiddenFiles(gateway.folder)).length > 0);
  assert.equal(await endsWithin(gateway, { ms: 4500, signal: "SIGTERM" }), 0);
  assert.ok(!(await hiddenFiles(gateway.folder)).some((name) => name.includes("tmp-")));
});

test("signals right after the start do no harm", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], agent: "later" });
  const agent = gateway.startAgent();
  await agent.says("started");
  // Signals that are pending together come in any order.
  agent.signal("SIGHUP");
  await agent.says("resync asked for");
  agent.signal("SIGUSR1");
  await agent.says("the proxy restarts, changes wait");
  agent.signal("SIGUSR2");
  await gateway.ready();
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
});

/** A gateway in step with a cluster that has just told it of no event; and an instance that it has not been told of. */
async function openWithSecret(t: TestContext): Promise<{ gateway: Gateway; unannounced: DemoApp }> {
  const gateway = await openGateway(t, { apps: [shop] });
  const known = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", known);
  await gateway.resynced();
  const { cluster } = gateway;
  const unannounced = await gateway.instance("shop-1.0.0", { unlisted: true });
  // An event of a moment ago has the list asked for once more.
  const polls = () =>
    cluster
      .requests()
      .slice(-6)
      .map((one) => one.call);
  await cluster.waitFor(() => polls().length === 6 && polls().every((call) => call !== "endpoints"));
  cluster.quietly((apps) => apps.addInstance("shop-1.0.0", unannounced.endpoint));
  cluster.forgetRequests();
  await cluster.waitFor((seen) => seen.filter((one) => one.call === "events").length >= 3);
  assert.equal(unannounced.requests(), 0);
  assert.ok(cluster.requests().every((one) => one.call !== "endpoints"));
  return { gateway, unannounced };
}

async function endsWithin(gateway: Gateway, { ms, signal }: { readonly ms: number; readonly signal: NodeJS.Signals }) {
  const begun = performance.now();
  gateway.agent().signal(signal);
  const code = await gateway.agent().ended;
  const tookMs = performance.now() - begun;
  assert.ok(tookMs < ms, `it took ${Math.round(tookMs)} ms`);
  return code;
}

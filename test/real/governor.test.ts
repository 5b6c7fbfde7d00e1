import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { openHaproxyGateway } from "./haproxy-gateway.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";
import { openWebSocket } from "./support/websocket.ts";

const shop = exposedApp({ name: "shop" });
const names = ["one", "two", "three", "four"] as const;

/** Opens a WebSocket, and has the proxy reload beneath it: so many earlier generations are left. */
async function pinGeneration(gateway: Gateway, name: string, left: number): Promise<{ close(): Promise<void> }> {
  const socket = await openWebSocket({ port: gateway.ports.proxy, vhost: "shop.test" });
  gateway.cluster.apps.add(exposedApp({ name }));
  await gateway.inStep();
  await eventually(`earlier generations are left: ${left}`, async () => {
    await gateway.turned();
    return (await gateway.metric("drove_gateway_old_generations")) === left;
  });
  return socket;
}

/** A gateway with two earlier generations, where one is allowed. */
async function crowded(t: TestContext, maxDelaySec: number) {
  const settings = { max_old_workers: 1, max_reload_delay_sec: maxDelaySec };
  const gateway = await openGateway(t, { apps: [shop], settings });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  const sockets = [await pinGeneration(gateway, names[0], 1), await pinGeneration(gateway, names[1], 2)];
  t.after(() => Promise.all(sockets.map((socket) => socket.close())));
  return { gateway, app, sockets, reloads: () => gateway.metric("drove_gateway_reloads_successful") };
}

async function planOf(gateway: Gateway) {
  return (await gateway.api("/v1/plan")).json() as unknown as {
    readonly state: string;
    readonly held?: { readonly by: string; readonly until: string };
  };
}

async function waits(gateway: Gateway): Promise<{ readonly until: string }> {
  return await eventually("the reload waits", async () => {
    const { state, held } = await planOf(gateway);
    return state === "waiting" && held?.by === "old-workers" && held;
  });
}

test("above max_old_workers a reload waits, takes later changes along, and does not wait for ever", async (t) => {
  const { gateway, reloads } = await crowded(t, 10);
  const before = (await reloads()) ?? 0;
  gateway.cluster.apps.add(exposedApp({ name: names[2] }));
  const { until } = await waits(gateway);
  await gateway.agent().says("reloads wait for old workers");
  gateway.cluster.apps.add(exposedApp({ name: names[3] }));
  await gateway.instance("shop-1.0.0");
  const stdout = await eventually("the later change waits as well", async () => {
    const said = (await gateway.command("plan")).stdout;
    return said.includes("four.test") && said;
  });
  assert.match(
    stdout,
    /^reloads wait since .*, at most until .*: workers of 2 earlier generations still finish requests/,
  );
  assert.match(stdout, /\+ three\.test/);
  const health = (await gateway.api("/v1/health")).json() as { readonly DelayedReload?: { readonly Until?: string } };
  assert.equal((await gateway.api("/v1/health")).status, 200);
  assert.match(String(health.DelayedReload?.Until), /^\d{4}-/);
  assert.equal(await reloads(), before);

  await gateway.inStep();
  await gateway.agent().says("reloads wait no longer");
  assert.ok(Date.now() >= Date.parse(until) - 10, "not before the time was up");
  assert.equal(await reloads(), before + 1, "one reload for all of it");
  assert.equal(await gateway.metric("drove_gateway_reloads_delayed_total"), 1);
});

test("it waits no longer as soon as an earlier generation is gone", async (t) => {
  const { gateway, sockets } = await crowded(t, 600);
  gateway.cluster.apps.add(exposedApp({ name: names[2] }));
  await waits(gateway);
  await sockets[0]?.close();
  await gateway.inStep();
  await eventually("nothing waits", async () => (await planOf(gateway)).state === "in-step");
});

test("a vhost whose instances have all been replaced does not wait", async (t) => {
  const { gateway, app } = await crowded(t, 600);
  gateway.cluster.apps.add(exposedApp({ name: names[2] }));
  await waits(gateway);
  const next = await gateway.instance("shop-1.0.0");
  gateway.cluster.apps.kill("shop-1.0.0", app.endpoint);
  await gateway.servedBy("shop.test", next);
  await gateway.inStep();
});

test("an nginx that was killed is not waited for", async (t) => {
  const { gateway } = await crowded(t, 600);
  gateway.cluster.apps.add(exposedApp({ name: names[2] }));
  await waits(gateway);
  await gateway.nginx().kill();
  await eventually("the file is written without it", async () => (await planOf(gateway)).state === "in-step");
  await gateway.startNginx();
  await gateway.answers("three.test", 503);
});

for (const { name, program } of haproxyVersions)
  test(`while a reload of HAProxy ${name} waits, instances come and go`, async (t) => {
    const settings = { max_old_workers: 1, max_reload_delay_sec: 600 };
    const gateway = await openHaproxyGateway(t, { program, apps: [shop], settings });
    const first = await gateway.instance("shop-1.0.0");
    await gateway.servedBy("shop.test", first);
    const sockets = [await pinGeneration(gateway, names[0], 1), await pinGeneration(gateway, names[1], 2)];
    t.after(() => Promise.all(sockets.map((socket) => socket.close())));
    const reloads = await gateway.reloads();

    gateway.cluster.apps.add(exposedApp({ name: names[2] }));
    await waits(gateway);
    const second = await gateway.instance("shop-1.0.0");
    await gateway.hasServers("shop.test", [first.endpoint.port, second.endpoint.port]);
    gateway.cluster.apps.kill("shop-1.0.0", first.endpoint);
    await gateway.hasServers("shop.test", [second.endpoint.port]);
    await gateway.servedBy("shop.test", second);
    await waits(gateway);
    assert.equal(await gateway.reloads(), reloads);

    await sockets[0]?.close();
    await gateway.inStep();
    await eventually("nothing waits", async () => (await planOf(gateway)).state === "in-step");
    assert.equal(await gateway.reloads(), reloads + 1);
    await gateway.hasServers("shop.test", [second.endpoint.port]);
  });

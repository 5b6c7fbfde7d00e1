import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { identityOf } from "./support/files.ts";

const shop = exposedApp({ name: "shop" });
const stop = (gateway: Gateway) => Promise.all(gateway.cluster.controllers.map((one) => one.stop()));
const start = (gateway: Gateway) => Promise.all(gateway.cluster.controllers.map((one) => one.start()));

test("all controllers go: traffic goes on, health tells, and what changed is applied when they are back", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], controllers: 2 });
  const first = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", first);
  await gateway.inStep();
  const kept = await identityOf(gateway.files.config);

  await stop(gateway);
  await eventually("unhealthy", async () => (await gateway.api("/v1/health")).status === 500);
  const second = await gateway.instance("shop-1.0.0");
  await gateway.turned();
  assert.deepEqual(await identityOf(gateway.files.config), kept);
  assert.equal((await gateway.visit("shop.test")).status, 200);
  assert.equal((await gateway.api("/v1/ready")).status, 200);

  await start(gateway);
  await gateway.servedBy("shop.test", second);
  await eventually("healthy", async () => (await gateway.api("/v1/health")).status === 200);
});

test("an agent and an nginx that start while all controllers are away serve what was saved", async (t) => {
  const settings = { startup_controller_sync_retry_delay_sec: 0.1 };
  const gateway = await openGateway(t, { apps: [shop], controllers: 2, settings });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  gateway.agent().signal("SIGTERM");
  assert.equal(await gateway.agent().ended, 0);
  await stop(gateway);
  await gateway.nginx().stop();
  await gateway.startNginx();

  const agent = gateway.startAgent();
  await agent.says("starting from saved state");
  await gateway.ready();
  assert.equal((await gateway.visit("shop.test")).headers["x-instance-id"], app.instance);
  const { DataManagerState: data } = (await gateway.api("/v1/health")).json() as { DataManagerState: DataState };
  assert.equal(data.UsingFreshDroveState, false);
  assert.match(data.Message, /namespace default is served from disk, stale since 2/);
  assert.ok(Date.parse(data.LastUpdated) > 0);

  await start(gateway);
  await eventually("fresh again", async () => {
    const { DataManagerState: now } = (await gateway.api("/v1/health")).json() as { DataManagerState: DataState };
    return now.UsingFreshDroveState;
  });
  const late = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", late);
});

test("an agent that knows nothing and hears nothing leaves nginx as it is", async (t) => {
  const settings = { startup_controller_sync_retry_delay_sec: 0.1 };
  const gateway = await openGateway(t, { apps: [shop], agent: "later", settings });
  await stop(gateway);
  const kept = await identityOf(gateway.files.config);
  await gateway.startAgent().says("no saved state to start from");
  await eventually("it answers", async () => (await gateway.api("/v1/health")).status === 500);
  assert.equal((await gateway.api("/v1/ready")).status, 503);
  assert.equal((await gateway.api("/v1/live")).status, 200);
  assert.deepEqual(await identityOf(gateway.files.config), kept);

  await start(gateway);
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
});

test("state on disk that is cut or not ours is ignored, and replaced", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], agent: "later", prepare: spoilState });
  const app = await gateway.instance("shop-1.0.0");
  await stop(gateway);
  const agent = gateway.startAgent();
  await agent.says("saved state is unusable");
  await start(gateway);
  await gateway.servedBy("shop.test", app);
});

test("a new leader is followed, though its clock is behind and its events are gone", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], controllers: 2 });
  const first = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", first);
  gateway.cluster.controller(1).skewClock(-3_600_000);
  gateway.cluster.electLeader(1);
  const second = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", second);
  await gateway.agent().says("controller leads", (line) => line["leader"] === gateway.cluster.urls[1]);

  gateway.cluster.electLeaders([]);
  await eventually("nobody leads", async () => (await gateway.api("/v1/health")).status === 500);
  assert.equal((await gateway.visit("shop.test")).status, 200);
  gateway.cluster.electLeader(0);
  const third = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", third);
});

interface DataState {
  readonly UsingFreshDroveState: boolean;
  readonly Message: string;
  readonly LastUpdated: string;
}

async function spoilState(folder: string): Promise<void> {
  await mkdir(join(folder, "state"));
  await writeFile(join(folder, "state", "default.json"), '{"schemaVersion":1,"namespace":"default","apps":[{"app');
}

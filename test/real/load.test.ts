import assert from "node:assert/strict";
import { test } from "node:test";
import { exposedApp, exposedHost } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { openGateway } from "./harness.ts";
import { holdingApp } from "./support/holding-app.ts";

const shop = exposedApp({ name: "shop" });

test("no request is lost over 20 reloads under constant load", async (t) => {
  // Each of them, whatever this nginx could do.
  const gateway = await openGateway(t, { apps: [shop], settings: { nginx_upstream_updates: "reload" } });
  const steady = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", steady);
  await gateway.inStep();

  const load = gateway.load("shop.test");
  for (let round = 0; round < 10; round++) {
    const extra = await gateway.instance("shop-1.0.0");
    await gateway.inStep();
    gateway.cluster.apps.kill("shop-1.0.0", extra.endpoint);
    await gateway.inStep();
    await extra.drain();
  }
  const { total, failures } = await load.stop();
  assert.deepEqual(failures, []);
  assert.ok(total > 200, `only ${total} requests were made`);
  assert.ok(Number((await gateway.metric("drove_gateway_reloads_successful")) ?? 0) >= 21);
});

test("requests in flight end well when their instance leaves", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  const leaving = await holdingApp(t);
  const endpoint = exposedHost(leaving.port);
  gateway.cluster.apps.addInstance("shop-1.0.0", endpoint);
  await gateway.inStep();

  const slow = [1, 2, 3].map(() => gateway.visit("shop.test"));
  await eventually("all are under way", async () => leaving.held() === 3);
  const staying = await gateway.instance("shop-1.0.0");
  gateway.cluster.apps.kill("shop-1.0.0", endpoint);
  await gateway.inStep();
  await gateway.servedBy("shop.test", staying);
  assert.equal(leaving.held(), 3);
  leaving.release();
  assert.deepEqual(
    (await Promise.all(slow)).map((answer) => answer.status),
    [200, 200, 200],
  );
});

test("a burst of changes costs few reloads", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  const before = (await gateway.metric("drove_gateway_reloads_successful")) ?? 0;
  for (let change = 0; change < 50; change++) {
    gateway.cluster.apps.add(exposedApp({ name: `burst-${change}`, hosts: [app.endpoint] }));
  }
  await gateway.servedBy("burst-49.test", app);
  await gateway.inStep();
  const reloads = ((await gateway.metric("drove_gateway_reloads_successful")) ?? 0) - before;
  assert.ok(reloads >= 1 && reloads <= 3, `${reloads} reloads`);
});

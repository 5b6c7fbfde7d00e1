import assert from "node:assert/strict";
import { test } from "node:test";
import type { DemoApp } from "../fake/demo-app.ts";
import { exposedApp, manyApps } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { type Gateway, openGateway } from "./harness.ts";

const shop = exposedApp({ name: "shop" });
const patient = { deadlineMs: 120_000, everyMs: 250 };

test("5,000 apps are served, and cost nobody a request", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  await gateway.inStep();
  const load = gateway.load("shop.test");
  await flood(gateway, { count: 5000, app });
  await eventually("the last one is served", () => isServed(gateway, "app-04999.test"), patient);
  await eventually("proven", async () => (await gateway.metric("drove_gateway_vhosts")) === 5001, patient);
  assert.deepEqual((await load.stop()).failures, []);
  for (const vhost of ["app-00000.test", "app-02500.test", "shop.test"]) await gateway.servedBy(vhost, app);
});

/*
 * nginx searches its upstreams one by one while it reads them, so that its own check of 50,000 takes a minute or more;
 * a machine may be quicker than the deadline, or not.
 */
test("50,000 apps are served, or refused in one clear line; traffic goes on", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], settings: { nginx_check_timeout_sec: 20 } });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  await gateway.inStep();
  const load = gateway.load("shop.test");
  await flood(gateway, { count: 50_000, app });
  const refusal = /nginx -t .* did not end within 20 s/;
  const refused = async () =>
    gateway
      .agent()
      .log()
      .some((line) => refusal.test(String(line["error"])));
  const decided = async () => (await refused()) || (await isServed(gateway, "app-49999.test"));
  await eventually("served or refused", decided, patient);
  assert.equal((await gateway.api("/v1/live")).status, 200);
  if (await refused()) assert.equal((await gateway.api("/v1/health")).status, 500);

  await gateway.cluster.quietly((apps) => apps.replace(apps.list().filter((one) => one.appName === "shop")));
  await gateway.api("/v1/reload");
  const late = await gateway.instance("shop-1.0.0");
  await eventually("a later change", async () => late.requests() > 0, patient);
  assert.deepEqual((await load.stop()).failures, []);
});

async function flood(
  gateway: Gateway,
  { count, app }: { readonly count: number; readonly app: DemoApp },
): Promise<void> {
  gateway.cluster.quietly((apps) => {
    for (const one of manyApps(count)) apps.add({ ...one, hosts: [app.endpoint] });
  });
  await gateway.api("/v1/reload");
}

async function isServed(gateway: Gateway, vhost: string): Promise<boolean> {
  return (await gateway.visit(vhost)).status === 200;
}

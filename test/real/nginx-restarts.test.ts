import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { hiddenFiles, identityOf } from "./support/files.ts";

const shop = exposedApp({ name: "shop" });

test("an nginx that starts after the agent finds its config written, and makes the agent ready", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], nginx: "absent" });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.agent().says("applied", (line) => line["plan"] === "write" && line["proof"] === "not-running");
  await gateway.inStep();
  assert.equal((await gateway.api("/v1/ready")).status, 503);
  assert.equal(await proxyHealth(gateway), false);

  await gateway.startNginx();
  await gateway.servedBy("shop.test", app);
  await gateway.ready();
  await eventually("the proxy is healthy", () => proxyHealth(gateway));
  assert.deepEqual(await hiddenFiles(gateway.folder), []);
  assert.equal(await gateway.metric("drove_gateway_reloads_successful"), 0);
});

test("an nginx that was killed and comes back serves what has changed meanwhile", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  const first = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", first);

  await gateway.nginx().kill();
  const second = await gateway.instance("shop-1.0.0");
  gateway.cluster.apps.kill("shop-1.0.0", first.endpoint);
  await gateway.inStep();
  assert.equal(await proxyHealth(gateway), false);
  assert.equal((await gateway.api("/v1/live")).status, 200);

  await gateway.startNginx();
  assert.equal((await gateway.visit("shop.test")).headers["x-instance-id"], second.instance, "at once");
  await eventually("the proxy is healthy", () => proxyHealth(gateway));
  const third = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", third);
});

test("an nginx that is killed in the middle of a reload comes back with the new config", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  const before = await readFile(gateway.files.config, "utf8");
  const second = await gateway.instance("shop-1.0.0");
  await eventually("the new file is in place", async () => (await readFile(gateway.files.config, "utf8")) !== before, {
    everyMs: 1,
  });
  await gateway.nginx().kill();
  await gateway.startNginx();
  await gateway.servedBy("shop.test", second);
  await gateway.inStep();
  assert.deepEqual(await hiddenFiles(gateway.folder), []);
});

test("an old config that somebody starts nginx with is replaced", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  const first = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", first);
  await gateway.inStep();
  const text = await readFile(gateway.files.config, "utf8");
  const second = await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  await writeFile(gateway.files.config, text);
  await gateway.nginx().stop();
  await gateway.startNginx();
  await gateway.resynced();
  await gateway.servedBy("shop.test", second);
  await gateway.inStep();
});

test("while the proxy is being restarted, changes wait; then they are applied", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  const before = await identityOf(gateway.files.config);

  gateway.agent().signal("SIGUSR1");
  await gateway.agent().says("the proxy restarts, changes wait");
  const second = await gateway.instance("shop-1.0.0");
  await gateway.resynced();
  assert.deepEqual(await identityOf(gateway.files.config), before);

  await gateway.nginx().stop();
  await gateway.startNginx();
  gateway.agent().signal("SIGUSR2");
  await gateway.servedBy("shop.test", second);
  await gateway.inStep();
});

test("a restart that never ends holds changes no longer than proxy_control_plane_timeout_sec", async (t) => {
  const settings = { proxy_control_plane_timeout_sec: 2 };
  const gateway = await openGateway(t, { apps: [shop], settings });
  await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  gateway.agent().signal("SIGUSR1");
  await gateway.agent().says("the proxy restarts, changes wait");
  const second = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", second);
  assert.equal(await proxyHealth(gateway), false, "it is overdue");
  assert.equal(await gateway.metric("drove_gateway_proxy_control_plane_timeout_breaches_total"), 1);
  gateway.agent().signal("SIGUSR2");
  await eventually("the proxy is healthy", () => proxyHealth(gateway));
});

async function proxyHealth(gateway: Gateway): Promise<boolean> {
  const { body } = await gateway.api("/v1/health");
  return JSON.parse(body).ProxyControlPlane.Healthy;
}

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { makeCertificates } from "../fake/certificates.ts";
import { exposedApp, exposedHost } from "../fake/exposed-app.ts";
import { openGateway } from "./harness.ts";
import { openWebSocket } from "./support/websocket.ts";

const shop = exposedApp({ name: "shop" });
/** Whatever this nginx could do. */
const byReloads = { nginx_upstream_updates: "reload" };

test("every answer names the gateway", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  await gateway.inStep();
  for (const [vhost, path] of [
    ["shop.test", "/"],
    ["shop.test", "/status?code=404"],
    ["none.test", "/"],
  ] as const) {
    assert.equal((await gateway.visit(vhost, { path })).headers["x-proxy"], "gateway-under-test", `${vhost}${path}`);
  }
});

test("instances learn who asked, for which host, by which protocol", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  await gateway.inStep();
  const port = gateway.ports.proxy;
  const plain = (await gateway.visit(`shop.test:${port}`, { path: "/headers" })).json();
  assert.equal(plain["host"], "shop.test");
  assert.equal(plain["x-real-ip"], "127.0.0.1");
  assert.equal(plain["x-forwarded-for"], "127.0.0.1");
  assert.equal(plain["x-forwarded-proto"], "http");
  assert.equal(plain["x-forwarded-host"], `shop.test:${port}`);
  assert.equal(plain["x-forwarded-port"], String(port));
  assert.equal(plain["connection"], undefined, "the connection to the instance stays open");

  const headers = { "x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "https", "x-forwarded-port": "443" };
  const behind = (await gateway.visit("shop.test", { path: "/headers", headers })).json();
  assert.equal(behind["x-forwarded-for"], "192.0.2.7, 127.0.0.1");
  assert.equal(behind["x-forwarded-proto"], "https");
  assert.equal(behind["x-forwarded-port"], "443");
});

test("a WebSocket is passed through, and lives on when nginx reloads", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], settings: byReloads });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  const socket = await openWebSocket({ port: gateway.ports.proxy, vhost: "shop.test" });
  assert.equal(await socket.echo("before"), "before");

  const workers = await gateway.nginx().workers();
  await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  assert.notDeepEqual(await gateway.nginx().workers(), workers);
  assert.equal(await socket.echo("after"), "after");
  await socket.close();
});

test("a request that may be sent twice goes to another instance, a POST does not", async (t) => {
  // Until nginx has learned its servers by DNS, it has each of them twice.
  const gateway = await openGateway(t, { apps: [shop], settings: byReloads });
  const apps = [await gateway.instance("shop-1.0.0"), await gateway.instance("shop-1.0.0")];
  await gateway.inStep();
  const requests = () => apps.reduce((sum, app) => sum + app.requests(), 0);

  const beforeGet = requests();
  assert.equal((await gateway.visit("shop.test", { path: "/crash" })).status, 502);
  assert.equal(requests() - beforeGet, 2);
  const beforePost = requests();
  assert.equal((await gateway.visit("shop.test", { path: "/crash", method: "POST", body: "x" })).status, 502);
  assert.equal(requests() - beforePost, 1);

  await apps[0]?.stop();
  for (let visit = 0; visit < 20; visit++) assert.equal((await gateway.visit("shop.test")).status, 200);
});

test("an instance that serves HTTPS is asked by HTTPS", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  const app = await gateway.instance("shop-1.0.0", { tls: makeCertificates().trusted });
  await gateway.servedBy("shop.test", app);
});

test("an instance may have an IPv6 address or a name", async (t) => {
  const gateway = await openGateway(t, { apps: [shop, exposedApp({ name: "named" })], settings: byReloads });
  const named = await gateway.instance("named-1.0.0", { unlisted: true });
  gateway.cluster.apps.addInstance("named-1.0.0", exposedHost(named.endpoint.port, { host: "localhost" }));
  await gateway.servedBy("named.test", named);

  const hasIpv6 = networkInterfaces()["lo"]?.some((one) => one.address === "::1") ?? false;
  const app = await gateway.instance("shop-1.0.0", { host: hasIpv6 ? "::1" : "127.0.0.1", unlisted: true });
  gateway.cluster.apps.addInstance("shop-1.0.0", exposedHost(app.endpoint.port, { host: "::1" }));
  await gateway.inStep();
  assert.ok((await readFile(gateway.files.config, "utf8")).includes(`server [::1]:${app.endpoint.port} `));
  const { status } = await gateway.visit("shop.test", hasIpv6 ? { host: "::1" } : {});
  assert.equal(status, hasIpv6 ? 200 : 502);
});

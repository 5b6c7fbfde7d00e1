import assert from "node:assert/strict";
import { test } from "node:test";
import type { DemoApp } from "../fake/demo-app.ts";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { type Gateway, openGateway } from "./harness.ts";

const shop = exposedApp({ name: "shop" });

test("a new app is served under its vhost, others beside it", async (t) => {
  const gateway = await openGateway(t);
  gateway.cluster.apps.add(shop);
  const first = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", first);

  gateway.cluster.apps.add(exposedApp({ name: "cart" }));
  const second = await gateway.instance("cart-1.0.0");
  await gateway.servedBy("cart.test", second);
  await gateway.servedBy("shop.test", first);
});

test("more instances share the requests, instances that go get no more", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  const [a, b, c] = await Promise.all([1, 2, 3].map(() => gateway.instance("shop-1.0.0")));
  assert.ok(a && b && c);
  await gateway.inStep();
  await seenAll(gateway, [a, b, c]);

  gateway.cluster.apps.kill("shop-1.0.0", b.endpoint);
  await gateway.inStep();
  const before = b.requests();
  await seenAll(gateway, [a, c]);
  for (let visit = 0; visit < 30; visit++) await gateway.visit("shop.test");
  assert.equal(b.requests(), before);
});

test("a deploy moves the vhost to the new version", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  const old = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", old);

  const next = await gateway.instance("shop-2.0.0", { unlisted: true });
  gateway.cluster.apps.deploy("shop-1.0.0", { version: "2.0.0", hosts: [next.endpoint], old: "kept" });
  await gateway.inStep();
  await seenAll(gateway, [old, next]);

  gateway.cluster.apps.remove("shop-1.0.0");
  await gateway.inStep();
  await old.stop();
  for (let visit = 0; visit < 20; visit++) {
    assert.equal((await gateway.visit("shop.test")).headers["x-app-version"], "2.0.0");
  }
});

test("an app without instances answers 503 with Retry-After, and so does an unknown host", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  await gateway.inStep();
  const empty = await gateway.visit("shop.test");
  assert.equal(empty.status, 503);
  assert.equal(empty.headers["retry-after"], "5");
  assert.match(empty.body, /no instance of this app is healthy/);

  const unknown = await gateway.visit("elsewhere.test");
  assert.equal(unknown.status, 503);
  assert.equal(unknown.headers["retry-after"], "5");
  assert.match(unknown.body, /no app is served under this host/);

  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  gateway.cluster.apps.kill("shop-1.0.0");
  await gateway.answers("shop.test", 503);
});

test("an app that is removed becomes an unknown host, its neighbours stay", async (t) => {
  const gateway = await openGateway(t, { apps: [shop, exposedApp({ name: "cart" })] });
  await gateway.instance("shop-1.0.0");
  const cart = await gateway.instance("cart-1.0.0");
  await gateway.inStep();

  gateway.cluster.apps.remove("shop-1.0.0");
  await gateway.inStep();
  assert.match((await gateway.visit("shop.test")).body, /no app is served under this host/);
  await gateway.servedBy("cart.test", cart);
});

test("an exact vhost goes before a wildcard, upper case and a trailing dot are the same host", async (t) => {
  const apps = [
    exposedApp({ name: "wild", vhost: "*.Shop.Test." }),
    exposedApp({ name: "exact", vhost: "api.shop.test" }),
  ];
  const gateway = await openGateway(t, { apps });
  const wild = await gateway.instance("wild-1.0.0");
  const exact = await gateway.instance("exact-1.0.0");
  await gateway.servedBy("other.shop.test", wild);
  await gateway.servedBy("api.shop.test", exact);
  await gateway.servedBy("API.SHOP.TEST.", exact);
});

test("the leader's vhost leads to the controller that leads, also after an election", async (t) => {
  const gateway = await openGateway(t, { controllers: 2, namespace: { leader_vhost: "drove.test" } });
  const ping = async () => (await gateway.visit("drove.test", { path: "/apis/v1/ping" })).body;
  await eventually("the leader answers", async () => (await ping()).includes("pong"));

  const [first, second] = gateway.cluster.controllers;
  gateway.cluster.electLeader(1);
  await eventually("the new leader answers", async () => (await ping()).includes("pong"));
  assert.equal(first?.leading, false);
  assert.equal(second?.leading, true);
});

/** Requests until each of these has answered; fails at once if anybody else does. */
async function seenAll(gateway: Gateway, apps: readonly DemoApp[]): Promise<void> {
  const wanted = apps.map((app) => app.instance);
  const seen = new Set<string>();
  for (let visit = 0; visit < 500 && seen.size < wanted.length; visit++) {
    const { headers } = await gateway.visit("shop.test");
    const instance = String(headers["x-instance-id"]);
    assert.ok(wanted.includes(instance), `${instance} is none of ${wanted.join(", ")}`);
    seen.add(instance);
  }
  assert.deepEqual([...seen].sort(), [...wanted].sort());
}

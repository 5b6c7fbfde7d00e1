import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { openHaproxyGateway } from "./haproxy-gateway.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";

const apps = [exposedApp({ name: "shop" }), exposedApp({ name: "cart" })];

for (const { name, program } of haproxyVersions) {
  describe(`HAProxy ${name}`, () => {
    test("instances come and go without a reload, and the file on disk follows", async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps });
      const reloads = await gateway.reloads();
      const worker = await gateway.haproxy().worker();
      const first = await gateway.instance("shop-1.0.0");
      const second = await gateway.instance("shop-1.0.0");
      const { port } = first.endpoint;
      await gateway.hasServers("shop.test", [port, second.endpoint.port]);
      await gateway.servedBy("shop.test", first);
      await gateway.servedBy("shop.test", second);
      gateway.cluster.apps.kill("shop-1.0.0", first.endpoint);
      await gateway.hasServers("shop.test", [second.endpoint.port]);
      await gateway.turned();
      const file = await gateway.file();
      assert.match(file, new RegExp(`:${second.endpoint.port}\\b`));
      assert.doesNotMatch(file, new RegExp(`:${port}\\b`));
      assert.equal(await gateway.reloads(), reloads);
      assert.equal(await gateway.haproxy().worker(), worker);
      gateway.cluster.apps.kill("shop-1.0.0", second.endpoint);
      await gateway.answers("shop.test", 503);
      assert.equal(await gateway.reloads(), reloads);
    });

    test("a vhost that comes or goes is a reload with its reason", async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps: [exposedApp({ name: "shop" })] });
      gateway.cluster.apps.add(exposedApp({ name: "cart" }));
      const cart = await gateway.instance("cart-1.0.0");
      await gateway.servedBy("cart.test", cart);
      await gateway.turned();
      assert.equal(await gateway.metric('drove_gateway_reloads_total{reason="vhost-added"}'), 1);
      gateway.cluster.apps.remove("cart-1.0.0");
      await gateway.resynced();
      assert.equal((await gateway.visit("cart.test")).body, "503: no app is served under this host\n");
      assert.equal(await gateway.metric('drove_gateway_reloads_total{reason="vhost-removed"}'), 1);
    });
  });
}

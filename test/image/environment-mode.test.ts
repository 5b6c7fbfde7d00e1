import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startApp } from "../fake/demo-app.ts";
import { eventually } from "./support/eventually.ts";
import { credentials, startGateway, startShop } from "./support/gateway.ts";
import { proxies } from "./support/images.ts";
import { writableMemoryOf } from "./support/process-memory.ts";

for (const one of proxies) {
  for (const image of [one.image, one.debian]) {
    describe(`environment mode, ${image}`, () => {
      it("serves the cluster's app and turns healthy", async (t) => {
        const shop = await startShop(t);
        const gateway = await startGateway(t, shop, { image, flags: ["--health-interval", "1s"] });
        await gateway.serves();
        const { body } = await gateway.visit("/hello");
        assert.equal(JSON.parse(body).instance, "first");
        await eventually("the agent says ready", async () => (await gateway.api("/v1/ready")).status === 200);
        await eventually("docker finds it healthy", async () => {
          return (await gateway.inspect("{{.State.Health.Status}}")) === "healthy";
        });
      });

      it("follows a deployment", async (t) => {
        const shop = await startShop(t);
        const gateway = await startGateway(t, shop, { image });
        await gateway.serves();
        const next = await startApp({ appId: "shop-2.0.0", instance: "second" });
        t.after(() => next.stop());
        shop.cluster.apps.deploy("shop-1.0.0", { version: "2.0.0", hosts: [next.endpoint] });
        await eventually("the new version answers", async () => {
          return JSON.parse((await gateway.visit()).body).instance === "second";
        });
      });

      it("knows the legacy name of a time zone in agent, shell and proxy", async (t) => {
        const shop = await startShop(t);
        const gateway = await startGateway(t, shop, { image, env: { TZ: "Asia/Calcutta" } });
        await gateway.serves();
        assert.equal(await gateway.shell("date +%z"), "+0530");
        assert.equal(await gateway.shell("node -p 'new Date().getTimezoneOffset()'"), "-330");
        for (const title of one.titles) {
          assert.ok((await writableMemoryOf(gateway, title)).includes("TZ=Asia/Calcutta"), title);
        }
      });
    });
  }

  describe(`secrets in environment mode, ${one.proxy}`, () => {
    it("reach Drove unchanged and stay out of the proxy, process titles, API and logs", async (t) => {
      const shop = await startShop(t);
      const gateway = await startGateway(t, shop, { image: one.image, env: { DEBUG: "1" } });
      await gateway.serves();
      assert.ok(shop.cluster.requests().some(({ call, status }) => call === "endpoints" && status === 200));

      for (const title of [...one.titles, "s6-log"]) {
        const memory = await writableMemoryOf(gateway, title);
        assert.ok(memory.includes("PATH="));
        assert.equal(memory.includes(credentials.pass), false, title);
        assert.equal(memory.includes("DROVE_PASSWORD"), false, title);
      }
      const titles = await gateway.shell("cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
      assert.match(titles, /start\.cjs run/);
      const config = await gateway.api("/v1/config");
      for (const text of [titles, (await gateway.logs()).all, config.body]) {
        assert.equal(text.includes(credentials.pass), false);
        assert.equal(text.includes(JSON.stringify(credentials.pass).slice(1, -1)), false);
      }
    });
  });
}

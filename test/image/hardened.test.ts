import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventually } from "./support/eventually.ts";
import { startGateway, startShop } from "./support/gateway.ts";
import { haproxy, nginx } from "./support/images.ts";

const readOnly = ["--read-only", "--tmpfs", "/run"];
const confined = ["--user", "1000:1000", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];

describe("hardened", () => {
  const cases = [
    { name: "read-only", image: nginx.image, flags: readOnly },
    { name: "as any user", image: nginx.image, flags: ["--user", "4711"] },
    { name: "read-only, as a user, without capabilities", image: nginx.image, flags: [...readOnly, ...confined] },
    { name: "the same on a plain Debian", image: nginx.debian, flags: [...readOnly, ...confined] },
    { name: "the same under an init of docker", image: nginx.image, flags: ["--init", ...readOnly, ...confined] },
    { name: "HAProxy as any user", image: haproxy.image, flags: ["--user", "4711"] },
    { name: "HAProxy as root without capabilities", image: haproxy.image, flags: ["--cap-drop", "ALL"] },
    { name: "HAProxy read-only, confined", image: haproxy.image, flags: [...readOnly, ...confined] },
    { name: "the same on a plain Debian with HAProxy", image: haproxy.debian, flags: [...readOnly, ...confined] },
  ];
  for (const { name, image, flags } of cases) {
    it(`${name}: serves, follows, survives the loss of both, and stops`, async (t) => {
      const shop = await startShop(t);
      const gateway = await startGateway(t, shop, { image, flags });
      await gateway.serves();
      // The proxy serves a moment before that is proven.
      await eventually("its healthcheck is content", async () => {
        return (await gateway.shell("healthcheck >/dev/null; echo $?")) === "0";
      });

      shop.cluster.apps.remove("shop-1.0.0");
      await eventually("the vhost is gone", async () => (await gateway.visit()).status === 503);
      shop.cluster.apps.add({
        appName: "shop",
        appId: "shop-2.0.0",
        vhost: "shop.test",
        tags: null,
        hosts: [shop.app.endpoint],
      });
      await gateway.serves();

      for (const service of ["agent", "proxy"]) {
        await gateway.shell(`kill -s KILL "$(s6-svstat -o pid /run/service/${service})"`);
      }
      await eventually("both are ready again", async () => {
        const states = await gateway.shell("for s in agent proxy; do s6-svstat -o ready /run/service/$s; done");
        return states === "true\ntrue";
      });
      await gateway.serves();
      const { exitCode, tookMs } = await gateway.stop();
      assert.equal(exitCode, 0);
      assert.ok(tookMs < 5000, `${tookMs} ms`);
    });
  }
});

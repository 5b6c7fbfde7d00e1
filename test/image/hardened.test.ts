import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventually } from "./support/eventually.ts";
import { startGateway, startShop } from "./support/gateway.ts";
import { debianImage, defaultImage } from "./support/images.ts";

const readOnly = ["--read-only", "--tmpfs", "/run"];
const confined = ["--user", "1000:1000", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];

describe("hardened", () => {
  const cases = [
    { name: "read-only", image: defaultImage, flags: readOnly },
    { name: "as any user", image: defaultImage, flags: ["--user", "4711"] },
    { name: "read-only, as a user, without capabilities", image: defaultImage, flags: [...readOnly, ...confined] },
    { name: "the same on a plain Debian", image: debianImage, flags: [...readOnly, ...confined] },
    { name: "the same under an init of docker", image: defaultImage, flags: ["--init", ...readOnly, ...confined] },
  ];
  for (const { name, image, flags } of cases) {
    it(`${name}: serves, follows, survives the loss of both, and stops`, async (t) => {
      const shop = await startShop(t);
      const gateway = await startGateway(t, shop, { image, flags });
      await gateway.serves();
      assert.equal(await gateway.shell("healthcheck; echo $?"), "0");

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

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventually } from "./support/eventually.ts";
import { folderWith } from "./support/folder.ts";
import { startGateway, startShop } from "./support/gateway.ts";
import { proxies } from "./support/images.ts";

/** A user's own template, which has nothing of ours in it. */
const template = `events {}
pid /run/nginx/nginx.pid;
http {
  log_format short '$request';
  access_log /config/access.log short;
  server { listen <%= it.ProxyPort %>; return 204; }
}
`;

for (const { proxy, image } of proxies) {
  describe(`signals to the container of ${proxy}`, () => {
    it("HUP makes the agent ask Drove again at once", async (t) => {
      const shop = await startShop(t);
      const gateway = await startGateway(t, shop, { image, env: { DROVE_GATEWAY_FULL_RESYNC_INTERVAL_SEC: "3600" } });
      await gateway.serves();
      shop.cluster.quietly((apps) => apps.remove("shop-1.0.0"));
      await gateway.signal("HUP");
      await eventually("the change without an event is seen", async () => (await gateway.visit()).status === 503);
      assert.equal(await gateway.running(), true);
    });

    it("USR2 makes the agent reconcile", async (t) => {
      const shop = await startShop(t);
      const gateway = await startGateway(t, shop, { image, env: { DROVE_GATEWAY_FULL_RESYNC_INTERVAL_SEC: "3600" } });
      await gateway.serves();
      shop.cluster.quietly((apps) => apps.remove("shop-1.0.0"));
      await gateway.signal("USR2");
      await eventually("the change without an event is seen", async () => (await gateway.visit()).status === 503);
      assert.equal(await gateway.running(), true);
    });
  });
}

describe("signals to the container of nginx", () => {
  it("USR1 makes nginx open its log files again, and never Node its debugger", async (t) => {
    const folder = await folderWith(t, { "nginx.conf.eta": template });
    const gateway = await startGateway(t, await startShop(t), {
      env: { TEMPLATE_FILE_PATH: "/config/nginx.conf.eta" },
      flags: ["--volume", `${folder}:/config`],
    });
    await eventually("nginx answers", async () => (await gateway.visit("/before")).status === 204);
    await gateway.shell("mv /config/access.log /config/access.log.1");
    await gateway.signal("USR1");
    await eventually("the new file has a line", async () => {
      await gateway.visit("/after");
      return (await gateway.shell("cat /config/access.log")).includes("/after");
    });
    assert.match(await gateway.shell("cat /config/access.log.1"), /before/);
    await gateway.shell('kill -s USR1 "$(s6-svstat -o pid /run/service/agent)"');
    await gateway.shell('kill -s USR2 "$(s6-svstat -o pid /run/service/agent)"');
    await gateway.logged(/SIGUSR2/);
    assert.doesNotMatch((await gateway.logs()).all, /Debugger listening/);
  });
});

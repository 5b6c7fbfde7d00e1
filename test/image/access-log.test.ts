import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventually } from "./support/eventually.ts";
import { startGateway, startShop } from "./support/gateway.ts";
import { proxies } from "./support/images.ts";

for (const { proxy, image } of proxies) {
  describe(`the access log of ${proxy}`, () => {
    it("is the container's standard output", async (t) => {
      const gateway = await startGateway(t, await startShop(t), { image });
      await gateway.serves();
      await gateway.visit("/seen-by-the-log");
      await gateway.logged(/seen-by-the-log/);
      assert.match((await gateway.logs()).stdout, /seen-by-the-log/);
    });

    it("goes to ACCESS_LOG_DIR instead, also on a read-only root without privileges", async (t) => {
      const gateway = await startGateway(t, await startShop(t), {
        image,
        env: { ACCESS_LOG_DIR: "/run/access" },
        flags: ["--read-only", "--tmpfs", "/run", "--user", "1000", "--cap-drop", "ALL"],
      });
      await gateway.serves();
      await gateway.visit("/seen-by-the-log");
      await eventually("the line is in the file", async () => {
        return (await gateway.shell("cat /run/access/current")).includes("seen-by-the-log");
      });
      assert.doesNotMatch((await gateway.logs()).all, /seen-by-the-log/);
    });
  });
}

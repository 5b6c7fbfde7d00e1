import assert from "node:assert/strict";
import { chmod, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { newFolder } from "../unit/apply/folder.ts";
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

    it("is standard output where ACCESS_LOG_DIR cannot be written to, and requests go on", async (t) => {
      const gateway = await startGateway(t, await startShop(t), { image, env: { ACCESS_LOG_DIR: "/proc/access" } });
      await gateway.serves();
      await gateway.logged(/ACCESS_LOG_DIR cannot be written to by this user: the access log goes to standard output/);
      // More than a pipe that nobody reads would hold.
      const path = `/seen-by-the-log-${"x".repeat(4000)}`;
      for (let visit = 0; visit < 50; visit++) assert.equal((await gateway.visit(path)).status, 200);
      await gateway.logged(/seen-by-the-log/);
    });

    it("is standard output where another container has its log in ACCESS_LOG_DIR", async (t) => {
      const folder = await newFolder(t);
      await chmod(folder, 0o777);
      const shop = await startShop(t);
      const options = { image, env: { ACCESS_LOG_DIR: "/access" }, flags: ["--volume", `${folder}:/access`] };
      const first = await startGateway(t, shop, options);
      await first.serves();
      await eventually("the first has it", async () => (await stat(join(folder, "lock"))).isFile());
      const second = await startGateway(t, shop, options);
      await second.serves();
      await second.logged(/ACCESS_LOG_DIR is used by another container: the access log goes to standard output/);
      await second.visit("/seen-by-the-log");
      await second.logged(/seen-by-the-log/);
    });
  });
}

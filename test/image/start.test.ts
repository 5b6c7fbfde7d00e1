import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startGateway, startShop } from "./support/gateway.ts";
import { proxies } from "./support/images.ts";

for (const { proxy, image } of proxies) {
  describe(`the start of ${proxy}'s container`, () => {
    it("uses what is compiled of Node's own modules, and compiles none of them anew", async (t) => {
      // Node says so of each module that it loads.
      const gateway = await startGateway(t, await startShop(t), { image, env: { NODE_DEBUG_NATIVE: "CODE_CACHE" } });
      await gateway.serves();
      const said = (await gateway.logs()).all.split("\n");
      assert.ok(said.some((line) => /Code cache of cluster .* is accepted/.test(line)));
      assert.deepEqual(
        said.filter((line) => /Code cache of .* is rejected/.test(line)),
        [],
      );
    });
  });
}

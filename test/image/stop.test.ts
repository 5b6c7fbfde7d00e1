import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { describe, it } from "node:test";
import { startContainer } from "./support/container.ts";
import { eventually } from "./support/eventually.ts";
import { folderWith } from "./support/folder.ts";
import { startGateway, startShop, vhost } from "./support/gateway.ts";
import { proxies } from "./support/images.ts";
import { startLoad } from "./support/load.ts";

/** Docker kills after this. */
const dockersPatienceMs = 10_000;

for (const { proxy, image } of proxies) {
  describe(`a stop of ${proxy}`, () => {
    for (const signal of ["TERM", "INT", "QUIT"]) {
      it(`by SIG${signal} finishes the request in flight and exits with 0`, async (t) => {
        const shop = await startShop(t);
        const gateway = await startGateway(t, shop, { image });
        await gateway.serves();
        const inFlight = gateway.visit("/slow?ms=3000");
        await eventually("the app works on it", async () => shop.app.inFlight() > 0);
        await gateway.signal(signal);
        await eventually("no new connection", () => refused(gateway.visit()));
        assert.equal((await inFlight).status, 200);
        assert.equal(await gateway.ended(), 0);
      });
    }

    it("under load: whatever reached the app is answered", async (t) => {
      const shop = await startShop(t);
      const gateway = await startGateway(t, shop, { image });
      await gateway.serves();
      const before = shop.app.requests();
      const load = startLoad(t, { port: gateway.proxyPort, vhost, path: "/slow?ms=20" }, { clients: 8 });
      await eventually("load runs", async () => load.answered() > 100);
      const { exitCode, tookMs } = await gateway.stop();
      const { failures } = await load.stop();
      assert.equal(exitCode, 0);
      assert.ok(tookMs < 5000, `${tookMs} ms`);
      assert.equal(load.answered(), shop.app.requests() - before);
      // The kernel resets connections that the proxy had not accepted when it closed its port.
      const odd = failures.filter((failure) => !/ECONNREFUSED|ECONNRESET|socket hang up/.test(failure));
      assert.deepEqual(odd, []);
    });

    it("in stages fails no request of those who ask whether it is ready", async (t) => {
      const shop = await startShop(t);
      const env = { DROVE_GATEWAY_STOP_DELAY_SEC: "5", STOP_GRACE_MS: "2000" };
      const gateway = await startGateway(t, shop, { image, env });
      await gateway.serves();
      // Before, nobody was sent here, and there is nothing to wait for.
      await eventually("ready", async () => (await gateway.api("/v1/ready")).status === 200);
      const load = startLoad(t, { port: gateway.proxyPort, vhost, path: "/slow?ms=20" }, { clients: 8 });
      await eventually("load runs", async () => load.answered() > 100);
      const stopped = gateway.stop();
      await eventually("not ready", async () => (await gateway.api("/v1/ready")).status === 503);
      const answered = load.answered();
      await eventually("it serves on", async () => load.answered() > answered + 50);
      const { failures } = await load.stop();
      assert.deepEqual(failures, []);
      const { exitCode, tookMs } = await stopped;
      assert.equal(exitCode, 0);
      assert.ok(tookMs >= 5000 && tookMs < dockersPatienceMs, `${tookMs} ms`);
      assert.match((await gateway.logs()).all, /"msg":"stopped"/);
    });

    it("cuts an endless request after STOP_GRACE_MS", async (t) => {
      const shop = await startShop(t);
      const gateway = await startGateway(t, shop, { image, env: { STOP_GRACE_MS: "2000" } });
      await gateway.serves();
      const endless = refused(gateway.visit("/slow?ms=60000"));
      await eventually("the app works on it", async () => shop.app.inFlight() > 0);
      const { exitCode, tookMs } = await gateway.stop();
      assert.equal(await endless, true);
      assert.equal(exitCode, 0);
      assert.ok(tookMs >= 2000 && tookMs < 6000, `${tookMs} ms`);
      assert.match((await gateway.logs()).all, /did not drain within 2000 ms/);
    });

    it("with a hung agent and an endless request stays within docker's patience", async (t) => {
      const shop = await startShop(t);
      const gateway = await startGateway(t, shop, { image });
      await gateway.serves();
      const endless = refused(gateway.visit("/slow?ms=60000"));
      await eventually("the app works on it", async () => shop.app.inFlight() > 0);
      await gateway.shell('kill -s STOP "$(s6-svstat -o pid /run/service/agent)"');
      const { exitCode, tookMs } = await gateway.stop();
      assert.equal(await endless, true);
      assert.equal(exitCode, 0);
      assert.ok(tookMs < dockersPatienceMs, `${tookMs} ms`);
    });
  });

  describe(`docker restart of ${proxy}`, () => {
    it("serves again, and stops as well as the first time", async (t) => {
      const gateway = await startGateway(t, await startShop(t), { image });
      await gateway.serves();
      await gateway.restart();
      await gateway.serves();
      const { exitCode, tookMs } = await gateway.stop();
      assert.equal(exitCode, 0);
      assert.ok(tookMs < 5000, `${tookMs} ms`);
    });

    it("serves the last known state while all controllers are away", async (t) => {
      const shop = await startShop(t);
      const gateway = await startGateway(t, shop, { image });
      await gateway.serves();
      await shop.cluster.stop();
      await gateway.restart();
      await gateway.serves();
    });
  });
}

describe("a stop", () => {
  it("is heard while the container is still preparing itself", async (t) => {
    const folder = await folderWith(t, { slow: "#!/bin/sh\necho preparing\nexec sleep 30\n" });
    await chmod(`${folder}/slow`, 0o755);
    const container = await startContainer(t, { flags: ["--volume", `${folder}/slow:/etc/cont-init.d/slow:ro`] });
    await container.logged(/preparing/);
    const { exitCode, tookMs } = await container.stop();
    assert.equal(exitCode, 143);
    assert.ok(tookMs < 5000, `${tookMs} ms`);
  });
});

/** True if the request fails, as it does on a closed port; false if it is answered. */
function refused(answer: Promise<unknown>): Promise<boolean> {
  return answer.then(
    () => false,
    () => true,
  );
}

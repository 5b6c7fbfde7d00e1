import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startApp } from "../fake/demo-app.ts";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "./support/eventually.ts";
import { type Gateway, startGateway, startShop, vhost } from "./support/gateway.ts";
import { haproxy } from "./support/images.ts";
import { startLoad } from "./support/load.ts";
import { request } from "./support/request.ts";

for (const image of [haproxy.image, haproxy.debian]) {
  describe(`changes without losses, ${image}`, () => {
    it("an instance more is served, and one less is not, by the worker that runs", async (t) => {
      const shop = await startShop(t);
      const gateway = await startGateway(t, shop, { image });
      await gateway.serves();
      const before = await workersOf(gateway);
      const next = await startApp({ appId: "shop-1.0.0", instance: "second" });
      t.after(() => next.stop());
      shop.cluster.apps.addInstance("shop-1.0.0", next.endpoint);
      await eventually("the second instance answers", async () => (await instanceAt(gateway)) === "second");
      shop.cluster.apps.kill("shop-1.0.0", shop.app.endpoint);
      await eventually("the first gets nothing", async () => {
        const answers = await Promise.all([1, 2, 3, 4].map(() => instanceAt(gateway)));
        return answers.every((one) => one === "second");
      });
      assert.deepEqual(await workersOf(gateway), before);
    });

    it("a vhost more is a reload of the master that runs, and no request fails", async (t) => {
      const shop = await startShop(t);
      const gateway = await startGateway(t, shop, { image });
      await gateway.serves();
      const before = await workersOf(gateway);
      const master = await gateway.shell("s6-svstat -o pid /run/service/proxy");
      const load = startLoad(t, { port: gateway.proxyPort, vhost });
      await eventually("load runs", async () => load.answered() > 50);
      shop.cluster.apps.add(exposedApp({ name: "other", vhost: "other.test", hosts: [shop.app.endpoint] }));
      await eventually("the other vhost answers", async () => {
        return (await request({ port: gateway.proxyPort, vhost: "other.test" })).status === 200;
      });
      const { failures } = await load.stop();
      assert.deepEqual(failures, []);
      assert.equal(await gateway.shell("s6-svstat -o pid,ready /run/service/proxy"), `${master} true`);
      assert.notDeepEqual(await workersOf(gateway), before);
    });
  });
}

describe("signals to the container of haproxy", () => {
  it("USR1, which would make HAProxy end, does nothing", async (t) => {
    const gateway = await startGateway(t, await startShop(t), { image: haproxy.image });
    await gateway.serves();
    const before = await workersOf(gateway);
    await gateway.signal("USR1");
    // Handlers run one after the other, as signals come: this one is after the other.
    await gateway.signal("USR2");
    await gateway.logged(/SIGUSR2/);
    assert.equal((await gateway.visit()).status, 200);
    assert.deepEqual(await workersOf(gateway), before);
    assert.doesNotMatch((await gateway.logs()).all, /Debugger listening|Stopping/i);
  });
});

/** Process numbers of the workers, by the master's own word; one that only finishes what it has is not among them. */
async function workersOf(gateway: Gateway): Promise<readonly string[]> {
  const said = await gateway.shell(
    `s6-ipcclient -l0 /run/haproxy/master.sock sh -c 'echo "show proc;quit" >&7; cat <&6'`,
  );
  const [, current = ""] = /# workers\n([\s\S]*?)(?:#|$)/.exec(said) ?? [];
  const workers = current.split("\n").filter((line) => /\bworker\b/.test(line));
  assert.equal(workers.length, 1, said);
  return workers.map((line) => line.split(/\s+/)[0] ?? "");
}

async function instanceAt(gateway: Gateway): Promise<string> {
  return JSON.parse((await gateway.visit()).body).instance;
}

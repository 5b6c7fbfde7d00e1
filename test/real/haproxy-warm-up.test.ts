import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { type HaproxyGateway, openHaproxyGateway } from "./haproxy-gateway.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";

const apps = [exposedApp({ name: "shop" })];
const quick = { everyMs: 20 };

/** The weights of the servers of shop.test by port, as `10 of 100`. */
async function weights(gateway: HaproxyGateway): Promise<Readonly<Record<number, string>>> {
  const [text = ""] = await gateway.haproxy().tell("show servers state shop.test");
  const [, header = "", ...lines] = text.trim().split("\n");
  const names = header.replace(/^# */, "").split(" ");
  const column = (line: string, name: string) => line.split(" ")[names.indexOf(name)] ?? "";
  return Object.fromEntries(
    lines
      .filter((line) => line !== "")
      .map((line) => [column(line, "srv_port"), `${column(line, "srv_uweight")} of ${column(line, "srv_iweight")}`]),
  );
}

function weightOf(said = ""): number {
  return Number(/^\d+/.exec(said)?.[0]);
}

for (const { name, program } of haproxyVersions)
  describe(`with warm_up_sec, HAProxy ${name}`, () => {
    test("gives a new instance few requests at first where others serve, all its share in the end", async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps, settings: { warm_up_sec: 6 } });
      const first = await gateway.instance("shop-1.0.0");
      const [one, reloads] = [first.endpoint.port, await gateway.reloads()];
      await gateway.servedBy("shop.test", first);
      assert.deepEqual(await weights(gateway), { [one]: "100 of 100" }, "the first of its backend serves at once");

      const second = await gateway.instance("shop-1.0.0");
      const two = second.endpoint.port;
      await gateway.hasServers("shop.test", [one, two]);
      const begun = performance.now();
      const seen = weightOf((await weights(gateway))[two]);
      assert.ok(seen >= 10 && seen < 40, `begins with ${seen}`);
      const third = await gateway.instance("shop-1.0.0");
      await gateway.hasServers("shop.test", [one, two, third.endpoint.port]);
      assert.ok(performance.now() - begun < 5000, "no change waits for it");
      await eventually("it is on its way", async () => weightOf((await weights(gateway))[two]) > 50, quick);
      await eventually("it has all of it", async () => (await weights(gateway))[two] === "100 of 100", quick);
      assert.ok(performance.now() - begun > 4500, "not before its time");
      assert.equal((await weights(gateway))[one], "100 of 100");
      assert.equal(await gateway.reloads(), reloads);
    });

    test("shares requests by the weights, those of the operator included", async (t) => {
      const settings = { warm_up_sec: 3600, haproxy_add_server_attributes_string: "weight 20" };
      const gateway = await openHaproxyGateway(t, { program, apps, settings });
      const old = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", old);
      const fresh = await gateway.instance("shop-1.0.0");
      await gateway.hasServers("shop.test", [old.endpoint.port, fresh.endpoint.port]);
      assert.equal((await weights(gateway))[fresh.endpoint.port], "2 of 20");
      const before = fresh.requests();
      for (let visit = 0; visit < 110; visit += 1) await gateway.visit("shop.test");
      const share = fresh.requests() - before;
      assert.ok(share >= 5 && share <= 15, `${share} of 110`);

      await gateway.configure({ ...settings, warm_up_sec: 0 });
      await eventually("it is over", async () => (await weights(gateway))[fresh.endpoint.port] === "20 of 20", quick);
    });

    test("goes on where an agent of before was killed", async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps, settings: { warm_up_sec: 8 } });
      const old = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", old);
      const fresh = await gateway.instance("shop-1.0.0");
      const { port } = fresh.endpoint;
      await eventually("it is on its way", async () => weightOf((await weights(gateway))[port]) > 20, quick);
      gateway.agent().signal("SIGKILL");
      await gateway.agent().ended;
      const left = weightOf((await weights(gateway))[port]);
      assert.ok(left < 100);
      gateway.startAgent();
      await gateway.ready();
      await eventually("it has all of it", async () => (await weights(gateway))[port] === "100 of 100", quick);
      const reloads = await gateway.reloads();
      assert.equal(reloads, 0);
    });

    test("goes on over a reload, and takes nothing from instances that HAProxy has lost", async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps, settings: { warm_up_sec: 6 } });
      const old = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", old);
      const fresh = await gateway.instance("shop-1.0.0");
      const { port } = fresh.endpoint;
      await eventually("it is on its way", async () => weightOf((await weights(gateway))[port]) > 10, quick);
      const begun = performance.now();
      gateway.cluster.apps.add(exposedApp({ name: "blog" }));
      await eventually("HAProxy is reloaded", async () => (await gateway.reloads()) === 2, quick);
      await eventually("it goes on", async () => weightOf((await weights(gateway))[port]) < 100, quick);
      const isFull = async () => performance.now() - begun > 6000 && (await weights(gateway))[port] === "100 of 100";
      await eventually("it has all of it when its time is over", isFull, quick);

      await gateway.haproxy().tell(`set server shop.test/server_127.0.0.1_${port} state maint`);
      await gateway.haproxy().tell(`del server shop.test/server_127.0.0.1_${port}`);
      await gateway.turned();
      await gateway.hasServers("shop.test", [old.endpoint.port, port]);
      assert.equal((await weights(gateway))[port], "100 of 100");
    });
  });

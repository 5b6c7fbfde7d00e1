import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { openHaproxyGateway } from "./haproxy-gateway.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";
import { openWebSocket } from "./support/websocket.ts";

const apps = [exposedApp({ name: "shop" })];
const quick = { everyMs: 20 };

for (const { name, program } of haproxyVersions) {
  describe(`a leaving instance of HAProxy ${name}`, () => {
    test("finishes its requests, takes no new one, and holds up no other change", async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps });
      const leaving = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", leaving);
      const slow = Array.from({ length: 20 }, () => gateway.visit("shop.test", { path: "/slow?ms=6000" }));
      await eventually("all are in flight", async () => leaving.inFlight() === 20, quick);
      const staying = await gateway.instance("shop-1.0.0");
      gateway.cluster.apps.kill("shop-1.0.0", leaving.endpoint);
      await eventually("one drains", async () => (await gateway.metric("drove_gateway_draining_members")) === 1, quick);
      const seen = leaving.requests();
      const another = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", another);
      await gateway.servedBy("shop.test", staying);
      assert.ok(leaving.inFlight() > 0, "the change came while the drain went on");
      assert.deepEqual(new Set((await Promise.all(slow)).map((answer) => answer.status)), new Set([200]));
      await gateway.hasServers("shop.test", [staying.endpoint.port, another.endpoint.port]);
      assert.equal(leaving.requests(), seen);
      assert.equal(await gateway.metric("drove_gateway_sessions_cut_total"), 0);
    });

    test("keeps its WebSockets until the bound, then they are cut, counted and told", async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps, settings: { drain_timeout_sec: 5 } });
      const leaving = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", leaving);
      const socket = await openWebSocket({ port: gateway.ports.proxy, vhost: "shop.test" });
      t.after(socket.close);
      gateway.cluster.apps.kill("shop-1.0.0", leaving.endpoint);
      await gateway.answers("shop.test", 503);
      assert.equal(await socket.echo("still here"), "still here");
      await gateway.hasServers("shop.test", []);
      assert.equal(await gateway.metric("drove_gateway_sessions_cut_total"), 1);
      const line = await gateway.agent().says("requests were cut, drain_timeout_sec was over");
      assert.equal(line["backend"], "shop.test");
      assert.equal(line["cut"], 1);
    });

    test("that is wanted again before it is gone serves again", async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps });
      const app = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", app);
      const slow = gateway.visit("shop.test", { path: "/slow?ms=2000" });
      await eventually("it is in flight", async () => app.inFlight() === 1, quick);
      gateway.cluster.apps.kill("shop-1.0.0", app.endpoint);
      await gateway.answers("shop.test", 503);
      gateway.cluster.apps.addInstance("shop-1.0.0", app.endpoint);
      await gateway.servedBy("shop.test", app);
      assert.equal((await slow).status, 200);
      await gateway.turned();
      await gateway.hasServers("shop.test", [app.endpoint.port]);
    });

    test("has what is left of its time when another agent takes over", async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps, settings: { drain_timeout_sec: 8 } });
      const app = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", app);
      const cut = assert.rejects(gateway.visit("shop.test", { path: "/slow?ms=60000" }));
      await eventually("it is in flight", async () => app.inFlight() === 1, quick);
      gateway.cluster.apps.kill("shop-1.0.0", app.endpoint);
      await gateway.answers("shop.test", 503);
      gateway.agent().signal("SIGKILL");
      await gateway.agent().ended;
      // Nobody is there to cut it in this time, and two seconds are left of it: the rest is room for a busy machine.
      const since = async () => (await gateway.servers("shop.test"))[0]?.secondsSinceChange ?? 0;
      await eventually("it has been leaving for a while", async () => (await since()) >= 6, quick);
      const begun = performance.now();
      gateway.startAgent();
      await gateway.hasServers("shop.test", []);
      assert.ok(performance.now() - begun < 7900, "it did not begin anew");
      await cut;
    });
  });
}

import assert from "node:assert/strict";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { type HaproxyGatewayOptions, openHaproxyGateway } from "./haproxy-gateway.ts";
import { hiddenFiles } from "./support/files.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";
import { openRelay } from "./support/relay.ts";

const shipped = join(import.meta.dirname, "..", "..", "templates", "haproxy");
const apps = [exposedApp({ name: "shop" })];
const quick = { everyMs: 20 };

/** A gateway whose agent talks to HAProxy through a relay. */
async function openRelayed(t: TestContext, options: HaproxyGatewayOptions) {
  const gateway = await openHaproxyGateway(t, { ...options, agent: "later" });
  const { folder, stats } = gateway.haproxy().files;
  const relay = await openRelay(t, { path: join(folder, "relay.sock"), target: stats });
  // The shipped template has HAProxy listen at the socket that the agent is given.
  const template = join(gateway.folder, "relayed.eta");
  const text = await readFile(join(shipped, "haproxy.cfg.eta"), "utf8");
  await writeFile(template, text.replaceAll("it.HaproxySocketAddr", JSON.stringify(stats)));
  await cp(join(shipped, "partials"), join(gateway.folder, "partials"), { recursive: true });
  await gateway.configure({ ...options.settings, haproxysocketaddr: relay.path, haproxy_template: template });
  gateway.startAgent();
  await gateway.ready();
  return { gateway, relay };
}

for (const { name, program } of haproxyVersions) {
  describe(`HAProxy ${name}`, () => {
    test("that is killed comes back with the newest instances, and is brought in step", async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps });
      const first = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", first);
      await gateway.turned();
      await gateway.haproxy().kill();
      const second = await gateway.instance("shop-1.0.0");
      await gateway.startHaproxy();
      // At once, by the file alone.
      assert.equal((await gateway.visit("shop.test")).status, 200);
      await gateway.hasServers("shop.test", [first.endpoint.port, second.endpoint.port]);
      await gateway.turned();
      assert.equal((await gateway.api("/v1/health")).status, 200);
    });

    test("that stands still is told as unhealthy, and is in step soon after it goes on", async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps, settings: { proxy_control_plane_timeout_sec: 1 } });
      const worker = await gateway.haproxy().worker();
      process.kill(worker, "SIGSTOP");
      const app = await gateway.instance("shop-1.0.0");
      const health = async () => JSON.parse((await gateway.api("/v1/health")).body) as Health;
      await eventually("it is told", async () => !(await health()).ProxyControlPlane.Healthy, quick);
      process.kill(worker, "SIGCONT");
      await gateway.servedBy("shop.test", app);
      await eventually("it is well again", async () => (await health()).ProxyControlPlane.Healthy, quick);
    });

    test("whose servers somebody else has changed is brought back in step", async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps });
      const app = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", app);
      const server = `shop.test/server_127.0.0.1_${app.endpoint.port}`;
      await gateway.haproxy().tell(`set server ${server} addr 127.0.0.9 port 9`);
      // HAProxy changes an address a moment after it has said so.
      await gateway.hasServers("shop.test", [9]);
      await gateway.turned();
      await gateway.servedBy("shop.test", app);
      await gateway.haproxy().tell(`set server ${server} state maint`);
      // It may not yet be done with a request that has been answered.
      await eventually(
        "it is deleted",
        async () => (await gateway.haproxy().ask(`del server ${server}`))[0]?.ok,
        quick,
      );
      await gateway.haproxy().tell("add server shop.test/server_x_1 127.0.0.1:1");
      await gateway.turned();
      await gateway.hasServers("shop.test", [app.endpoint.port]);
    });

    for (const mode of ["hang", "nonsense", "close"] as const) {
      test(`behind a socket that does this: ${mode}. Traffic goes on, health tells it, and it passes`, async (t) => {
        const settings = { proxy_control_plane_timeout_sec: 1 };
        const { gateway, relay } = await openRelayed(t, { program, apps, settings });
        const app = await gateway.instance("shop-1.0.0");
        await gateway.servedBy("shop.test", app);
        relay.mode = mode;
        const late = await gateway.instance("shop-1.0.0");
        const health = async () => JSON.parse((await gateway.api("/v1/health")).body) as Health;
        await eventually("it is told", async () => !(await health()).ProxyControlPlane.Healthy, quick);
        assert.equal((await gateway.visit("shop.test")).status, 200);
        relay.mode = "pass";
        await gateway.servedBy("shop.test", late);
      });
    }

    test("whose agent is killed between the commands of a plan has all of it after the next start", async (t) => {
      const { gateway, relay } = await openRelayed(t, { program, apps });
      const first = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", first);
      const load = gateway.load("shop.test");
      relay.onCommands = (text) => {
        if (text.includes("add server")) gateway.agent().signal("SIGKILL");
      };
      const second = await gateway.instance("shop-1.0.0");
      await gateway.agent().ended;
      relay.onCommands = () => undefined;
      gateway.cluster.apps.kill("shop-1.0.0", first.endpoint);
      gateway.startAgent();
      await gateway.hasServers("shop.test", [second.endpoint.port]);
      await gateway.turned();
      assert.match(await gateway.file(), new RegExp(`:${second.endpoint.port}\\b`));
      assert.deepEqual(await hiddenFiles(gateway.haproxy().files.folder), []);
      assert.deepEqual((await load.stop()).failures, []);
    });
  });
}

interface Health {
  readonly ProxyControlPlane: { readonly Healthy: boolean };
}

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { startFakePlus } from "../fake/nginx-plus.ts";
import { eventually } from "../image/support/eventually.ts";
import { openPlusGateway, type PlusGateway } from "./plus-gateway.ts";

const shop = exposedApp({ name: "shop" });
const quick = { everyMs: 20 };

/** Id, port and parameters of the servers of shop.test. */
function servers({ plus }: PlusGateway): readonly string[] {
  return plus.upstreams
    .servers("gw_shop.test")
    .map((one) => `${one.id} ${one.server} ${one.max_fails} ${one.fail_timeout} ${one.slow_start}`);
}

function changingCalls({ plus }: PlusGateway): readonly string[] {
  return plus
    .calls()
    .filter((call) => call.method !== "GET")
    .map((call) => call.method);
}

test("edited parameters of servers change what is there, one call each, without a reload", async (t) => {
  const gateway = await openPlusGateway(t, { apps: [shop], settings: { nginx_slow_start: "10s" } });
  const [first, second] = [await gateway.instance("shop-1.0.0"), await gateway.instance("shop-1.0.0")];
  await gateway.hasServers("gw_shop.test", [first.endpoint.port, second.endpoint.port]);
  const reloads = gateway.reloads();
  const before = servers(gateway).map((line) => line.split(" ").slice(0, 2).join(" "));
  gateway.plus.forgetCalls();

  const edited = { nginx_max_fails: 3, nginx_fail_timeout: "5s", nginx_slow_start: "1m" };
  await gateway.configure(edited);
  const wanted = before.map((line) => `${line} 3 5s 60s`);
  await eventually("all have them", async () => servers(gateway).join() === wanted.join(), quick);
  await gateway.turned();
  assert.deepEqual(changingCalls(gateway), ["PATCH", "PATCH"]);
  assert.equal(gateway.reloads(), reloads);

  const third = await gateway.instance("shop-1.0.0");
  await gateway.hasServers("gw_shop.test", [first.endpoint.port, second.endpoint.port, third.endpoint.port]);
  assert.match(servers(gateway).at(-1) ?? "", / 3 5s 60s$/, "a new one has them too");
  await gateway.follow();
  await gateway.servedBy("shop.test", third);
});

test("slow_start on or off is one reload, since upstreams balance by another method with it", async (t) => {
  const gateway = await openPlusGateway(t, { apps: [shop] });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.hasServers("gw_shop.test", [app.endpoint.port]);
  const reloads = gateway.reloads();
  await gateway.configure({ nginx_slow_start: "30s" });
  await eventually("it has it", async () => servers(gateway).join().endsWith(" 30s"), quick);
  await gateway.turned();
  assert.equal(gateway.reloads(), reloads + 1);
  assert.doesNotMatch(await readFile(gateway.files.config, "utf8"), /random two least_conn/);
  assert.equal(await gateway.metric('drove_gateway_reloads_total{reason="config-changed"}'), 1);
});

test("an edit that comes with a new vhost is one reload, and counts for all", async (t) => {
  const gateway = await openPlusGateway(t, { apps: [shop] });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.hasServers("gw_shop.test", [app.endpoint.port]);
  await gateway.command("freeze");
  gateway.cluster.apps.add(exposedApp({ name: "cart", hosts: [app.endpoint] }));
  await gateway.configure({ nginx_max_fails: 4 });
  await eventually("both wait", async () => {
    const { stdout } = await gateway.command("plan");
    return stdout.includes("vhost-added cart.test") && stdout.includes("config-changed");
  });
  const reloads = gateway.reloads();
  await gateway.command("thaw");
  await gateway.hasServers("gw_cart.test", [app.endpoint.port]);
  const maxFails = (name: string) => gateway.plus.upstreams.servers(name).map((one) => one.max_fails);
  await eventually("the old one has it", async () => maxFails("gw_shop.test").join() === "4", quick);
  assert.deepEqual(maxFails("gw_cart.test"), [4]);
  await gateway.turned();
  assert.equal(gateway.reloads(), reloads + 1);
});

test("a parameter that cannot be leaves the former ones in force, and is told", async (t) => {
  const gateway = await openPlusGateway(t, { apps: [shop], settings: { nginx_max_fails: 2 } });
  const first = await gateway.instance("shop-1.0.0");
  await gateway.hasServers("gw_shop.test", [first.endpoint.port]);
  await gateway.configure({ nginx_max_fails: -1 });
  await eventually("it is told", async () => (await gateway.api("/v1/health")).body.includes("nginx_max_fails"), quick);
  const second = await gateway.instance("shop-1.0.0");
  await gateway.hasServers("gw_shop.test", [first.endpoint.port, second.endpoint.port]);
  assert.match(servers(gateway).at(-1) ?? "", / 2 1s 0s$/);
});

test("another address of the API counts from the agent's next start on, and is told until then", async (t) => {
  const gateway = await openPlusGateway(t, { apps: [shop] });
  const first = await gateway.instance("shop-1.0.0");
  await gateway.hasServers("gw_shop.test", [first.endpoint.port]);
  const other = await startFakePlus();
  t.after(other.stop);
  const reloads = gateway.reloads();
  await gateway.configure({ nginxplusapiaddr: other.address });
  const notes = async () => (await gateway.api("/v1/config")).body;
  await eventually("it is told", async () => /"restart-needed"[^}]*nginxplusapiaddr/.test(await notes()), quick);
  const second = await gateway.instance("shop-1.0.0");
  await gateway.hasServers("gw_shop.test", [first.endpoint.port, second.endpoint.port]);
  assert.deepEqual([gateway.reloads(), other.calls().length], [reloads, 0]);

  gateway.agent().signal("SIGTERM");
  await gateway.agent().ended;
  other.reload(await readFile(gateway.files.config, "utf8"));
  gateway.startAgent();
  await gateway.ready();
  const third = await gateway.instance("shop-1.0.0");
  const ports = () => other.upstreams.servers("gw_shop.test").map((one) => Number(one.server.split(":")[1]));
  const wanted = [first, second, third].map((app) => app.endpoint.port).sort();
  await eventually("the other one has them", async () => ports().sort().join() === wanted.join(), quick);
  assert.ok((await readFile(gateway.files.config, "utf8")).includes(other.address));
});

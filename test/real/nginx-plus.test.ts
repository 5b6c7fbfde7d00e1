import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { openPlusGateway, type PlusGateway } from "./plus-gateway.ts";

const shop = exposedApp({ name: "shop" });
const quick = { everyMs: 20 };

interface Part {
  readonly Healthy: boolean;
  readonly Message: string;
}

async function upstreamHealth(gateway: PlusGateway): Promise<Part> {
  const body = JSON.parse((await gateway.api("/v1/health")).body) as { readonly UpstreamUpdatesViaAPI: Part };
  return body.UpstreamUpdatesViaAPI;
}

/** What changed something, in short. */
function changes({ plus }: PlusGateway): readonly string[] {
  return plus
    .calls()
    .filter((call) => call.method !== "GET")
    .map(({ method, path }) => `${method} ${path.split("/")[3]}`);
}

test("instances come and go without a reload, and requests follow them", async (t) => {
  const gateway = await openPlusGateway(t, { apps: [shop] });
  const before = gateway.reloads();
  assert.equal(before, 1);
  const [first, second] = [await gateway.instance("shop-1.0.0"), await gateway.instance("shop-1.0.0")];
  await gateway.hasServers("gw_shop.test", [first.endpoint.port, second.endpoint.port]);
  await gateway.follow();
  for (const app of [first, second]) await gateway.servedBy("shop.test", app);
  gateway.cluster.apps.kill("shop-1.0.0", first.endpoint);
  await gateway.hasServers("gw_shop.test", [second.endpoint.port]);
  await gateway.follow();
  await gateway.servedBy("shop.test", second);
  gateway.cluster.apps.kill("shop-1.0.0", second.endpoint);
  await gateway.hasServers("gw_shop.test", []);
  await gateway.follow();
  const answer = await gateway.answers("shop.test", 503);
  assert.equal(answer.headers["retry-after"], "5");
  assert.match(answer.body, /no instance of this app is healthy/);
  assert.equal(gateway.reloads(), before);
});

test("a new vhost is one reload; its servers are there right after it, the others' stay", async (t) => {
  const gateway = await openPlusGateway(t, { apps: [shop] });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.hasServers("gw_shop.test", [app.endpoint.port]);
  gateway.plus.forgetCalls();
  gateway.cluster.apps.replace([...gateway.cluster.apps.list(), exposedApp({ name: "cart", hosts: [app.endpoint] })]);
  await gateway.hasServers("gw_cart.test", [app.endpoint.port]);
  await gateway.servedBy("shop.test", app);
  await gateway.turned();
  assert.equal(gateway.reloads(), 2);
  assert.deepEqual(changes(gateway), ["POST gw_cart.test"]);
  assert.deepEqual(
    gateway.plus.upstreams.servers("gw_shop.test").map(({ server }) => server),
    [`127.0.0.1:${app.endpoint.port}`],
  );
});

test("an agent that starts again, or has nothing to do, changes nothing", async (t) => {
  const gateway = await openPlusGateway(t, { apps: [shop] });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.hasServers("gw_shop.test", [app.endpoint.port]);
  gateway.plus.forgetCalls();
  gateway.agent().signal("SIGTERM");
  await gateway.agent().ended;
  gateway.startAgent();
  await gateway.ready();
  await gateway.resynced();
  assert.deepEqual(changes(gateway), []);
  assert.equal(gateway.reloads(), 1);
  gateway.plus.forgetCalls();
  await gateway.resynced();
  const lists = gateway.plus.calls().filter((call) => call.path.startsWith("/http/upstreams"));
  assert.ok(
    lists.length >= 1 && lists.every((call) => call.path === "/http/upstreams?fields=peers"),
    "one list of all",
  );
});

test("what somebody else has changed is put right", async (t) => {
  const gateway = await openPlusGateway(t, { apps: [shop] });
  const app = await gateway.instance("shop-1.0.0");
  const { port } = app.endpoint;
  await gateway.hasServers("gw_shop.test", [port]);
  const { upstreams } = gateway.plus;
  upstreams.add("gw_shop.test", '{"server":"127.0.0.1:9"}');
  upstreams.change("gw_shop.test", "0", '{"down":true}');
  await gateway.resynced();
  await gateway.hasServers("gw_shop.test", [port]);
  await eventually("it is up", async () => upstreams.servers("gw_shop.test")[0]?.down === false, quick);
  // A reload by somebody else: an operator has emptied the state file before.
  gateway.plus.reload((await readFile(gateway.files.config, "utf8")).replace(/ {4}state .*\n/, ""));
  await gateway.hasServers("gw_shop.test", [port]);
});

test("an instance with requests under way drains", async (t) => {
  const gateway = await openPlusGateway(t, { apps: [shop] });
  const app = await gateway.instance("shop-1.0.0");
  const name = `127.0.0.1:${app.endpoint.port}`;
  await gateway.hasServers("gw_shop.test", [app.endpoint.port]);
  gateway.plus.upstreams.setActive("gw_shop.test", name, 1);
  await gateway.resynced();
  gateway.cluster.apps.kill("shop-1.0.0", app.endpoint);
  const isDraining = async () => gateway.plus.upstreams.servers("gw_shop.test")[0]?.drain === true;
  await eventually("it drains", isDraining, quick);
  await eventually("it is counted", async () => (await gateway.metric("drove_gateway_draining_members")) === 1, quick);
  gateway.plus.upstreams.setActive("gw_shop.test", name, 0);
  await gateway.hasServers("gw_shop.test", []);
});

test("settings of servers are kept equal, by changes only", async (t) => {
  const gateway = await openPlusGateway(t, { apps: [shop], settings: { nginx_max_fails: 2 } });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.hasServers("gw_shop.test", [app.endpoint.port]);
  const server = () => gateway.plus.upstreams.servers("gw_shop.test")[0];
  assert.deepEqual([server()?.id, server()?.max_fails, server()?.fail_timeout], [0, 2, "1s"]);
});

test("an API that hangs, fails or is gone is told, and caught up with when it is back", async (t) => {
  const settings = { proxy_control_plane_timeout_sec: 0.5 };
  const gateway = await openPlusGateway(t, { apps: [shop], settings });
  const { plus } = gateway;
  const faults = [
    ["did not answer within 0.5 s", { kind: "hang" }],
    ["answers with status 502", { kind: "status", code: 502 }],
    ["answers what no NGINX Plus says", { kind: "garbage" }],
    ["closed the connection", { kind: "close-mid-body" }],
  ] as const;
  for (const [said, fault] of faults) {
    plus.fault(fault);
    const app = await gateway.instance("shop-1.0.0");
    const isTold = async () => (await upstreamHealth(gateway)).Message.includes(said);
    await eventually(`${fault.kind} is told`, isTold, quick);
    plus.mend();
    const hosts = gateway.cluster.apps.list()[0]?.hosts ?? [];
    await gateway.hasServers(
      "gw_shop.test",
      hosts.map((host) => host.port),
    );
    await eventually("it is well again", async () => (await upstreamHealth(gateway)).Healthy, quick);
    assert.ok(app.endpoint.port > 0);
  }
  assert.equal(gateway.reloads(), 1);
});

test("with the API only: nothing but servers is touched, and what has no upstream is told by vhost", async (t) => {
  const apps = [shop, exposedApp({ name: "cart" }), exposedApp({ name: "others", vhost: "x.elsewhere" })];
  const gateway = await openPlusGateway(t, {
    apps,
    agent: "later",
    settings: { nginx_reload_disabled: true },
    namespace: { realm_suffix: ".test" },
  });
  gateway.plus.reload("upstream shop.test { zone z 64k; } upstream x.elsewhere { zone z; server 10.0.0.1:80; }");
  gateway.startAgent();
  const app = await gateway.instance("shop-1.0.0");
  await gateway.hasServers("shop.test", [app.endpoint.port]);
  await gateway
    .agent()
    .says("the proxy has no backend gw_cart.test, so its servers cannot be added; add it to the configuration");
  const { Healthy, Message } = await upstreamHealth(gateway);
  assert.deepEqual([Healthy, Message], [false, "backend gw_cart.test of vhost cart.test missing in the proxy"]);
  await gateway.turned();
  assert.equal(gateway.reloads(), 0);
  await assert.rejects(readFile(gateway.files.config, "utf8"), { code: "ENOENT" });
  assert.equal(gateway.plus.upstreams.servers("x.elsewhere").length, 1);
});

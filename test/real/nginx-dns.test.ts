import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { type TestContext, test } from "node:test";
import { learnedForm } from "../../agent/seeds.ts";
import type { DemoApp } from "../fake/demo-app.ts";
import { exposedApp, exposedHost } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { type Gateway, type GatewayOptions, openGateway } from "./harness.ts";
import { newestNginx } from "./support/newest-nginx.ts";
import { openWebSocket } from "./support/websocket.ts";

const nginxProgram = newestNginx();

async function open(t: TestContext, options: GatewayOptions = {}): Promise<Gateway> {
  return await openGateway(t, {
    nginxProgram,
    apps: [exposedApp({ name: "shop" }), exposedApp({ name: "cart" })],
    ...options,
  });
}

/** nginx runs the form without seeds: from now on instances come and go without a reload. */
async function learned(gateway: Gateway): Promise<readonly number[]> {
  const isLearned = async () => (await reasons(gateway))["servers-learned"] === 1;
  await eventually("nginx has learned its servers", isLearned);
  await eventually("old workers have gone", async () => (await gateway.nginx().oldWorkers()).length === 0);
  return await gateway.nginx().workers();
}

async function reasons(gateway: Gateway): Promise<Readonly<Record<string, number>>> {
  const { body } = await gateway.api("/v1/metrics");
  return Object.fromEntries(
    [...body.matchAll(/^drove_gateway_reloads_total\{reason="([^"]+)"\} (\d+)/gm)].map((one) => [
      one[1],
      Number(one[2]),
    ]),
  );
}

test("instances come and go without a reload, and requests follow them", async (t) => {
  const gateway = await open(t);
  const first = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", first);
  const workers = await learned(gateway);
  const before = await reasons(gateway);
  const second = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", second);
  gateway.cluster.apps.kill("shop-1.0.0", first.endpoint);
  await gateway.inStep();
  await eventually("only the second one serves", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => gateway.visit("shop.test")));
    return answers.every((one) => one.headers["x-instance-id"] === second.instance);
  });
  assert.deepEqual(await gateway.nginx().workers(), workers);
  assert.deepEqual(await reasons(gateway), before);
  const text = await readFile(gateway.files.config, "utf8");
  assert.match(text, new RegExp(`server 127.0.0.1:${second.endpoint.port} .*#drove-gateway-seed`));
  assert.doesNotMatch(text, new RegExp(`:${first.endpoint.port} `));
});

/** Every worker has an instance of the vhost. */
async function allAnswer(gateway: Gateway, vhost: string): Promise<void> {
  await eventually(`${vhost} answers`, async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.visit(vhost)));
    return answers.every((one) => one.status === 200);
  });
}

/** No request goes to this instance any more. */
async function hasLeft(gateway: Gateway, vhost: string, app: DemoApp): Promise<void> {
  await eventually(`${app.instance} gets no requests`, async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.visit(vhost)));
    return answers.every((one) => one.status === 200 && one.headers["x-instance-id"] !== app.instance);
  });
}

for (const { keepAlive } of [{ keepAlive: true }, { keepAlive: false }]) {
  const how = keepAlive ? "with keep-alive" : "without keep-alive";
  test(`no request is lost ${how} while every instance is replaced twice`, async (t) => {
    const gateway = await open(t);
    let current = [await gateway.instance("shop-1.0.0"), await gateway.instance("shop-1.0.0")];
    const workers = await learned(gateway);
    const before = await reasons(gateway);
    await allAnswer(gateway, "shop.test");
    const load = gateway.load("shop.test", { keepAlive });
    for (const _ of ["once", "twice"])
      for (const old of current) {
        const next = await gateway.instance("shop-1.0.0");
        await gateway.servedBy("shop.test", next);
        gateway.cluster.apps.kill("shop-1.0.0", old.endpoint);
        await gateway.inStep();
        await hasLeft(gateway, "shop.test", old);
        await old.stop();
        current = [...current.filter((one) => one !== old), next];
      }
    const { failures, total } = await load.stop();
    assert.deepEqual(failures, []);
    assert.ok(total > 100, `${total} requests`);
    assert.deepEqual(await reasons(gateway), before);
    assert.deepEqual(await gateway.nginx().workers(), workers);
  });
}

test("an nginx that starts while no agent is there serves the last known instances; the agent goes on from there", async (t) => {
  const gateway = await open(t);
  const first = await gateway.instance("shop-1.0.0");
  await learned(gateway);
  const second = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", second);
  gateway.cluster.apps.kill("shop-1.0.0", first.endpoint);
  await gateway.inStep();
  await first.stop();
  gateway.agent().signal("SIGKILL");
  await gateway.agent().ended;
  await gateway.nginx().kill();
  await gateway.startNginx();
  for (let visit = 0; visit < 10; visit++)
    assert.equal((await gateway.visit("shop.test")).headers["x-instance-id"], second.instance);
  assert.equal((await gateway.visit("cart.test")).status, 503);

  const load = gateway.load("shop.test");
  gateway.startAgent();
  await gateway.ready();
  await learned(gateway);
  const third = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", third);
  assert.deepEqual((await load.stop()).failures, []);
  assert.equal((await reasons(gateway))["members-changed"], undefined);
});

test("without an agent nginx keeps its servers, and a new agent touches nothing", async (t) => {
  const gateway = await open(t);
  const app = await gateway.instance("shop-1.0.0");
  const workers = await learned(gateway);
  await allAnswer(gateway, "shop.test");
  const load = gateway.load("shop.test");
  gateway.agent().signal("SIGKILL");
  await gateway.agent().ended;
  const asked = async () =>
    /gateway.internal.*could not be resolved|resolving/.test(await readFile(gateway.files.errorLog, "utf8"));
  await eventually("nginx has asked in vain", asked);
  gateway.startAgent();
  await gateway.ready();
  const next = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", next);
  gateway.cluster.apps.kill("shop-1.0.0", app.endpoint);
  await gateway.inStep();
  await hasLeft(gateway, "shop.test", app);
  assert.deepEqual((await load.stop()).failures, []);
  assert.deepEqual(await gateway.nginx().workers(), workers);
});

test("a vhost without instances answers 503 and is served again, without a reload", async (t) => {
  const gateway = await open(t);
  const first = await gateway.instance("shop-1.0.0");
  const workers = await learned(gateway);
  gateway.cluster.apps.kill("shop-1.0.0", first.endpoint);
  const { headers, body } = await gateway.answers("shop.test", 503, { path: "/_gateway/status" });
  assert.deepEqual([headers["retry-after"], body], ["5", "503: no instance of this app is healthy\n"]);
  assert.equal(headers["x-proxy"], "gateway-under-test");
  const second = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", second);
  await hasLeft(gateway, "shop.test", first);
  assert.deepEqual(await gateway.nginx().workers(), workers);
});

test("a new vhost is one reload, and the others keep their servers over it", async (t) => {
  const gateway = await open(t);
  const shop = await gateway.instance("shop-1.0.0");
  await learned(gateway);
  await allAnswer(gateway, "shop.test");
  const load = gateway.load("shop.test");
  gateway.cluster.apps.add(exposedApp({ name: "pay", hosts: [] }));
  const pay = await gateway.instance("pay-1.0.0");
  await gateway.servedBy("pay.test", pay);
  await gateway.servedBy("shop.test", shop);
  await gateway.inStep();
  assert.deepEqual((await load.stop()).failures, []);
  const { "vhost-added": added = 0, "servers-learned": learnedOnce } = await reasons(gateway);
  assert.ok(added >= 1);
  assert.equal(learnedOnce, 1);
});

test("where somebody else has the address of the responder, instances come and go by reloads", async (t) => {
  const taken = createSocket("udp4");
  t.after(() => taken.close());
  const prepare = async (_: string, { dns }: { readonly dns: number }) => {
    taken.bind(dns, "127.0.0.1");
    await once(taken, "listening");
  };
  const gateway = await open(t, { prepare, settings: { nginx_upstream_updates: "dns" } });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  assert.doesNotMatch(await readFile(gateway.files.config, "utf8"), /gateway\.internal/);
  await eventually("it is noted", async () =>
    /dns-not-possible.*EADDRINUSE/s.test((await gateway.api("/v1/config")).body),
  );
});

test("an agent that was killed before it had put the seeds back converges", async (t) => {
  const gateway = await open(t);
  const app = await gateway.instance("shop-1.0.0");
  await learned(gateway);
  gateway.agent().signal("SIGKILL");
  await gateway.agent().ended;
  const text = await readFile(gateway.files.config, "utf8");
  const [, generation = ""] = /return 200 "([0-9a-f]{16})"/.exec(text) ?? [];
  await writeFile(gateway.files.config, learnedForm(text, generation).text);
  const load = gateway.load("shop.test");
  gateway.startAgent();
  await gateway.ready();
  await eventually("the seeds are back", async () =>
    (await readFile(gateway.files.config, "utf8")).includes("#drove-gateway-seed"),
  );
  const next = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", next);
  await gateway.servedBy("shop.test", app);
  assert.deepEqual((await load.stop()).failures, []);
});

test("WebSockets stay open while instances come and go", async (t) => {
  const gateway = await open(t);
  const app = await gateway.instance("shop-1.0.0");
  const workers = await learned(gateway);
  await gateway.servedBy("shop.test", app);
  const port = gateway.ports.proxy;
  const sockets = await Promise.all(Array.from({ length: 10 }, () => openWebSocket({ port, vhost: "shop.test" })));
  for (let change = 0; change < 3; change++) {
    const other = await gateway.instance("shop-1.0.0");
    await gateway.servedBy("shop.test", other);
    gateway.cluster.apps.kill("shop-1.0.0", other.endpoint);
    await hasLeft(gateway, "shop.test", other);
  }
  for (const socket of sockets) {
    assert.equal(await socket.echo("still here"), "still here");
    await socket.close();
  }
  assert.deepEqual(await gateway.nginx().workers(), workers);
});

const ownTemplate = `pid <%= it.nginxString(it.NginxPid) %>;
error_log <%= it.nginxString(it.NginxErrorLog) %>;
events {}
http {
  access_log off;
  <% for (const name of ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]) { %><%~ name %>_temp_path <%= it.nginxString(it.NginxTempDir + "/" + name) %>;
<% } %>
  server {
    listen <%= it.NginxStatusAddress %>;
    location = /_gateway/generation { return 200 "<%= it.Generation %>"; }
  }
<% for (const app of Object.values(it.Apps)) { %>
  upstream <%= it.upstreamName(app.Vhost) %> {
    <%~ app.UpstreamServers %>
  }
  server {
    listen <%= it.ProxyPort %>;
    server_name <%= app.Vhost %>;
    location / { proxy_pass http://<%= it.upstreamName(app.Vhost) %>; add_header X-Own yes; }
  }
<% } %>
}
`;

test("a template of a user asks with one line per upstream", async (t) => {
  const gateway = await open(t, { template: ownTemplate });
  const first = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", first);
  const workers = await learned(gateway);
  const second = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", second);
  gateway.cluster.apps.kill("shop-1.0.0", first.endpoint);
  await gateway.inStep();
  await hasLeft(gateway, "shop.test", first);
  assert.equal((await gateway.visit("shop.test")).headers["x-own"], "yes");
  assert.deepEqual(await gateway.nginx().workers(), workers);
});

test("a new instance warms up where others serve", async (t) => {
  const gateway = await open(t, { settings: { warm_up_sec: 8 } });
  const other = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", other);
  await learned(gateway);
  const next = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", next);
  const share = async () => {
    const answers: string[] = [];
    for (let visit = 0; visit < 50; visit++)
      answers.push(String((await gateway.visit("shop.test")).headers["x-instance-id"]));
    return answers.filter((one) => one === next.instance).length / answers.length;
  };
  const first = await share();
  assert.ok(first < 0.35, `${first} of the requests at first`);
  await eventually("it has its half", async () => (await share()) > 0.45);
});

test("instances share the requests by the weights of their apps, and a change of those needs no reload", async (t) => {
  const weighed = (name: string, weight: string) => ({ ...exposedApp({ name, tags: { weight } }), vhost: "shop.test" });
  const gateway = await open(t, { apps: [weighed("shop", "8"), weighed("canary", "2")] });
  const stable = await gateway.instance("shop-1.0.0");
  const canary = await gateway.instance("canary-1.0.0");
  await gateway.servedBy("shop.test", canary);
  await gateway.servedBy("shop.test", stable);
  const workers = await learned(gateway);
  const share = async () => {
    const answers: unknown[] = [];
    for (let visit = 0; visit < 100; visit++) answers.push((await gateway.visit("shop.test")).headers["x-instance-id"]);
    return answers.filter((one) => one === canary.instance).length / answers.length;
  };
  const first = await share();
  assert.ok(first > 0.1 && first < 0.3, `${first}`);
  gateway.cluster.apps.add({ ...weighed("canary", "100"), hosts: [canary.endpoint] });
  await eventually("the canary has nearly all", async () => (await share()) > 0.8);
  assert.deepEqual(await gateway.nginx().workers(), workers);
});

test("that nginx has no room for all servers is noted until it is reloaded with more", async (t) => {
  const template = (size: string) =>
    ownTemplate.replace(
      "<%~ app.UpstreamServers %>",
      `<%~ app.UpstreamServers.replace(/(zone drove_gateway) [^;]+/, "$1 ${size}") %>`,
    );
  const hosts = Array.from({ length: 80 }, (_, index) => exposedHost(80, { host: `127.1.0.${index + 1}` }));
  const cart = exposedApp({ name: "cart", hosts: hosts.slice(0, 1) });
  const gateway = await open(t, { template: template("64k"), apps: [exposedApp({ name: "shop" }), cart] });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  await learned(gateway);
  const before = await reasons(gateway);
  const isNoted = async () => {
    await gateway.turned();
    return (await gateway.api("/v1/config")).body.includes("zone-full");
  };
  assert.equal(await isNoted(), false);
  gateway.cluster.apps.add({ ...cart, hosts });
  await eventually("it is noted", isNoted);
  assert.match(
    (await gateway.api("/v1/config")).body,
    /the shared memory \\?"drove_gateway\\?" has no room for all servers/,
  );
  await eventually("it still is", isNoted);
  assert.deepEqual(await reasons(gateway), before);
  await writeFile(gateway.files.template, template("1m"));
  await eventually("it is noted no more", async () => !(await isNoted()));
  await gateway.servedBy("shop.test", app);
});

test("an instance that flaps disturbs nobody", async (t) => {
  const gateway = await open(t);
  const [steady, flapping] = [await gateway.instance("shop-1.0.0"), await gateway.instance("shop-1.0.0")];
  await gateway.servedBy("shop.test", flapping);
  const workers = await learned(gateway);
  const load = gateway.load("shop.test");
  for (let turn = 0; turn < 20; turn++) {
    const hosts = turn % 2 === 0 ? [steady.endpoint] : [steady.endpoint, flapping.endpoint];
    gateway.cluster.apps.add(exposedApp({ name: "shop", hosts }));
    await gateway.inStep();
  }
  const { failures, total } = await load.stop();
  assert.deepEqual(failures, []);
  assert.ok(total > 100, `${total} requests`);
  assert.deepEqual(await gateway.nginx().workers(), workers);
});

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { openHaproxyGateway } from "./haproxy-gateway.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { identityOf } from "./support/files.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";

const shop = exposedApp({ name: "shop" });
const blog = exposedApp({ name: "blog" });

/** What `plan --json` says once it says so. */
async function planIs(gateway: Gateway, state: string): Promise<Readonly<Record<string, unknown>>> {
  return await eventually(`the plan is ${state}`, async () => {
    const { code, stdout, stderr } = await gateway.command("plan", "--json");
    assert.equal(code, 0, stderr);
    const plan = JSON.parse(stdout);
    return plan.state === state && plan;
  });
}

test("a freeze holds changes, shows what waits, and outlives the agent; a thaw applies them", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  const first = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", first);
  await planIs(gateway, "in-step");
  assert.equal((await gateway.command("diff")).stdout, "");

  const frozen = await gateway.command("freeze", "--for", "2h", "--reason", "inventory");
  assert.match(frozen.stdout, /^frozen since \S+, until \S+ \((?:2 h|1 h 59 min) left\): inventory\n$/, frozen.stderr);
  const kept = await identityOf(gateway.files.config);
  gateway.cluster.apps.add(blog);
  const second = await gateway.instance("blog-1.0.0");
  const waiting = await planIs(gateway, "waiting");
  assert.deepEqual((waiting["held"] as { by: string }).by, "freeze");
  const { stdout: text } = await gateway.command("plan");
  assert.match(
    text,
    /^frozen since .*: inventory\nwaits: reload the proxy, because vhost-added blog\.test\n {2}\+ blog\.test/m,
  );
  const { stdout: diff } = await gateway.command("diff");
  assert.match(diff, /^--- \S+nginx\.conf\n\+\+\+ \S+nginx\.conf \(waiting\)\n@@ /);
  assert.match(diff, /^\+.*server_name blog\.test;$/m);
  assert.equal((await gateway.visit("blog.test")).status, 503);

  gateway.agent().signal("SIGTERM");
  await gateway.agent().ended;
  const agent = gateway.startAgent();
  await agent.says("changes are still frozen");
  await gateway.ready();
  await planIs(gateway, "waiting");
  assert.deepEqual(await identityOf(gateway.files.config), kept, "the file is untouched");
  assert.equal((await gateway.visit("shop.test")).status, 200);

  assert.equal((await gateway.command("thaw")).stdout, "thawed\n");
  await gateway.servedBy("blog.test", second);
  await planIs(gateway, "in-step");
  assert.equal((await gateway.command("thaw")).stdout, "nothing was frozen\n");
});

test("a freeze ends by itself when its time is over", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  const { stdout } = await gateway.command("freeze", "--for", "5s", "--json");
  const { held, saved } = JSON.parse(stdout) as { readonly held: { readonly until: string }; readonly saved: boolean };
  assert.equal(saved, true);
  await gateway.instance("shop-1.0.0");
  await gateway.answers("shop.test", 200);
  assert.ok(Date.now() >= Date.parse(held.until), "not before");
  await planIs(gateway, "in-step");
});

test("a frozen gateway without a configuration yet gets its first one all the same", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], nginx: "absent", agent: "later" });
  const agent = gateway.startAgent();
  await agent.says("applied");
  await gateway.command("freeze");
  agent.signal("SIGTERM");
  await agent.ended;
  await rm(gateway.files.config);
  await gateway.startAgent().says("applied");
});

test("a configuration that nginx refuses is told by plan and diff", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  await gateway.configure({ nginx_fail_timeout: "1s", nginx_pid: "/no/such/folder/nginx.pid" });
  const failing = await planIs(gateway, "failing");
  assert.match(String(failing["error"]), /no\/such\/folder/);
  const { stdout } = await gateway.command("diff");
  assert.match(stdout, /^\+pid .*no\/such\/folder/m);
});

test("commands say what is wrong where the gateway does not run, or wants a token", async (t) => {
  const gateway = await openGateway(t, { apps: [], settings: { api_token: "open-sesame" } });
  assert.equal((await gateway.command("plan")).code, 0, "the token of the file is used");
  assert.equal((await gateway.api("/v1/plan")).status, 401);
  for (const path of ["/v1/freeze", "/v1/thaw"]) {
    assert.equal((await gateway.api(path, { method: "POST" })).status, 401);
    const headers = { authorization: "Bearer open-sesame" };
    assert.equal((await gateway.api(path, { headers })).status, 405);
    assert.equal(
      (await gateway.api(path, { method: "POST", headers: { ...headers, origin: "http://x.test" } })).status,
      403,
    );
    assert.equal(
      (await gateway.api(`${path}?for=soon`, { method: "POST", headers })).status,
      path === "/v1/freeze" ? 400 : 200,
    );
  }
  gateway.agent().signal("SIGTERM");
  await gateway.agent().ended;
  const { code, stderr } = await gateway.command("plan");
  assert.equal(code, 1);
  assert.match(stderr, /^drove-gateway: the gateway does not answer at http:\/\/127\.0\.0\.1:\d+: .*; is it running/);
});

for (const { name, program } of haproxyVersions.slice(0, 1))
  test(`frozen, HAProxy ${name} keeps its servers; what waits would need no reload`, async (t) => {
    const gateway = await openHaproxyGateway(t, { program, apps: [shop] });
    const first = await gateway.instance("shop-1.0.0");
    await gateway.hasServers("shop.test", [first.endpoint.port]);
    await gateway.command("freeze");
    const second = await gateway.instance("shop-1.0.0");
    const waiting = await planIs(gateway, "waiting");
    const { kind, stepCount } = waiting["plan"] as { readonly kind: string; readonly stepCount: number };
    assert.deepEqual([kind, stepCount], ["runtime", 1]);
    const { changed } = waiting["changes"] as { readonly changed: readonly { readonly added: readonly string[] }[] };
    assert.deepEqual(changed[0]?.added, [`http://127.0.0.1:${second.endpoint.port}`]);
    await gateway.hasServers("shop.test", [first.endpoint.port]);
    await gateway.command("thaw");
    await gateway.hasServers("shop.test", [first.endpoint.port, second.endpoint.port]);
    assert.equal(await gateway.reloads(), 1);
  });

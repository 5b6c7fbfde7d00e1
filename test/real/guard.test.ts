import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { DemoApp } from "../fake/demo-app.ts";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { type Gateway, openGateway } from "./harness.ts";

const names = ["shop", "cart", "pay", "mail"];
const apps = names.map((name) => exposedApp({ name }));

interface Health {
  readonly HeldAnswers: Readonly<
    Record<string, { readonly Since: string; readonly Message: string; readonly Vhosts: readonly string[] }>
  >;
}

/** A gateway that serves four apps, each with one instance. */
async function serving(t: TestContext, settings: Readonly<Record<string, unknown>> = {}) {
  const gateway = await openGateway(t, { apps, controllers: 2, settings });
  const instances = new Map<string, DemoApp>();
  for (const name of names) instances.set(name, await gateway.instance(`${name}-1.0.0`));
  await gateway.inStep();
  return { gateway, instances };
}

const health = async (gateway: Gateway) => (await gateway.api("/v1/health")).json() as unknown as Health;
const isHeld = (gateway: Gateway) =>
  eventually("an answer is held", async () => (await health(gateway)).HeldAnswers["default"]);

async function allServed(gateway: Gateway, instances: ReadonlyMap<string, DemoApp>): Promise<void> {
  for (const [name, app] of instances) {
    assert.equal((await gateway.visit(`${name}.test`)).headers["x-instance-id"], app.instance);
  }
}

test("a new leader that knows nothing takes nothing down, and once it knows again nothing was reloaded", async (t) => {
  const { gateway, instances } = await serving(t);
  const reloads = await gateway.metric("drove_gateway_reloads_successful");
  const load = gateway.load("shop.test");
  gateway.cluster.controller(1).fault({ kind: "lost-apps", keep: 0 });
  gateway.cluster.electLeader(1);
  const held = await isHeld(gateway);
  assert.match(held.Message, /4 of 4 vhosts keep theirs/);
  assert.deepEqual(held.Vhosts, ["cart.test", "mail.test", "pay.test", "shop.test"]);
  assert.equal((await gateway.api("/v1/health")).status, 200);
  await gateway.agent().says("an answer takes too much away: it is held, and what would go stays");
  await allServed(gateway, instances);

  gateway.cluster.controller(1).mend();
  await eventually("nothing is held", async () => Object.keys((await health(gateway)).HeldAnswers).length === 0);
  await gateway.turned();
  await allServed(gateway, instances);
  assert.equal(await gateway.metric("drove_gateway_reloads_successful"), reloads);
  const { failures, total } = await load.stop();
  assert.deepEqual(failures, []);
  assert.ok(total > 0);
});

test("what is new in a held answer is served at once, though the agent restarts meanwhile", async (t) => {
  const { gateway, instances } = await serving(t);
  gateway.cluster.controller(0).fault({ kind: "lost-apps", keep: 0 }, { on: ["endpoints"] });
  await gateway.api("/v1/reload");
  const { Since } = await isHeld(gateway);
  gateway.agent().signal("SIGTERM");
  assert.equal(await gateway.agent().ended, 0);
  gateway.startAgent();
  await gateway.ready();
  assert.ok((await isHeld(gateway)).Since > Since, "it begins anew");
  await allServed(gateway, instances);

  gateway.cluster.controller(0).mend();
  gateway.cluster.controller(0).fault({ kind: "lost-apps", keep: 1 }, { on: ["endpoints"] });
  gateway.cluster.apps.add(exposedApp({ name: "a-new-one" }));
  const fresh = await gateway.instance("a-new-one-1.0.0");
  await gateway.servedBy("a-new-one.test", fresh);
  await allServed(gateway, instances);
  assert.ok((await health(gateway)).HeldAnswers["default"]);
});

test("a loss that persists is applied by itself", async (t) => {
  const { gateway } = await serving(t, { guard_confirm_sec: 1 });
  gateway.cluster.apps.replace([]);
  await gateway.agent().says("an answer takes too much away: it is held, and what would go stays");
  await gateway.agent().says("a held answer is confirmed: what it lacks goes");
  for (const name of names) await gateway.answers(`${name}.test`, 503);
});

test("an operator accepts it from the command line, with the token of the configuration", async (t) => {
  const { gateway } = await serving(t);
  await gateway.configure({ api_token: "open-sesame" });
  const byNobody = async () => (await gateway.api("/v1/accept", { method: "POST" })).status;
  await eventually("the token counts", async () => (await byNobody()) === 401);
  const accept = (...words: string[]) => gateway.command("accept", ...words);
  assert.equal((await accept()).stdout, "nothing is held\n");
  gateway.cluster.apps.replace(gateway.cluster.apps.list().slice(0, 1));
  await isHeld(gateway);
  assert.equal(await byNobody(), 401);
  const unknown = await accept("nobody");
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /the gateway answers: there is no such namespace/);
  assert.ok((await health(gateway)).HeldAnswers["default"]);
  const { stdout } = await accept("default");
  assert.equal(stdout, "accepted: namespace default goes on without 3 of 4 instances; 3 of 4 vhosts were held\n");
  for (const { vhost } of apps.filter((app) => app.appName !== "cart")) await gateway.answers(vhost, 503);
  assert.equal((await gateway.visit("cart.test")).status, 200);
});

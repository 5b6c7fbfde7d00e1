import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Controller } from "../fake/controller.ts";
import type { DemoApp } from "../fake/demo-app.ts";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { identityOf } from "./support/files.ts";

/*
 * Two controllers, each in every manner, and the agent killed and started again in each pair of them: traffic goes on,
 * what is true is followed if anybody tells it, and once all is well again it is in step. The second one's clock is an
 * hour behind, so that every change of the leader turns the clock back or forward.
 */

const names = ["shop", "cart", "pay", "mail"];

/** How a controller is. Those that say that they lead do so whatever the other one says. */
const manners = {
  leads: { role: "leader", set: () => undefined },
  follows: { role: "follower", set: () => undefined },
  "is down": { role: "follower", set: (one: Controller) => one.stop() },
  "is too slow": { role: "leader", set: (one: Controller) => one.fault({ kind: "slow", ms: 3000 }) },
  "talks garbage": { role: "leader", set: (one: Controller) => one.fault({ kind: "garbage" }) },
  "has lost its data": { role: "leader", set: (one: Controller) => one.fault({ kind: "lost-apps", keep: 0 }) },
} as const satisfies Record<string, { role: "leader" | "follower"; set: (one: Controller) => unknown }>;

type Manner = keyof typeof manners;
const all = Object.keys(manners) as Manner[];

test("of two controllers, whatever each does,", async (t) => {
  const settings = { event_refresh_interval_sec: 0.2, api_timeout: 0.4, startup_controller_sync_retry_delay_sec: 0.1 };
  const gateway = await openGateway(t, { apps: names.map((name) => exposedApp({ name })), controllers: 2, settings });
  for (const name of names) await gateway.instance(`${name}-1.0.0`);
  await gateway.inStep();
  // It is a second later; an agent that is killed sooner leaves nothing to the next one.
  await eventually("its state is saved", async () => existsSync(join(gateway.files.state, "default.json")));
  gateway.cluster.controller(1).skewClock(-3_600_000);
  const load = gateway.load("shop.test");
  for (const first of all) {
    for (const second of all) {
      await t.test(`the first ${first}, the second ${second}`, () => trafficGoesOn(gateway, [first, second]));
    }
  }
  const { failures, total } = await load.stop();
  assert.deepEqual(failures, []);
  assert.ok(total > 1000, `${total} requests`);
});

async function trafficGoesOn(gateway: Gateway, pair: readonly [Manner, Manner]): Promise<void> {
  const { cluster } = gateway;
  const leaders = [0, 1].filter((index) => manners[pair[index] ?? "follows"].role === "leader");
  cluster.electLeaders(leaders);
  for (const [index, manner] of pair.entries()) await manners[manner].set(cluster.controller(index));
  const told = pair.includes("leads") && !pair.includes("has lost its data");
  const name = pair.join(" ").replaceAll(" ", "-");
  cluster.apps.add(exposedApp({ name, hosts: [] }));
  for (const when of ["before", "after"]) {
    if (when === "after") await restartAgent(gateway);
    if (told) await eventually(`the truth arrives ${when} the restart`, () => knows(gateway, `${name}.test`));
    else await eventually(`it is noticed ${when} the restart`, () => isNoticed(gateway, pair));
    for (const one of names) assert.equal((await gateway.visit(`${one}.test`)).status, 200, one);
  }

  for (const controller of cluster.controllers) {
    controller.mend();
    await controller.start();
  }
  cluster.electLeader(pair[0] === "leads" ? 1 : 0);
  await eventually("the truth arrives", () => knows(gateway, `${name}.test`));
  await gateway.inStep();
  await eventually("all is well", async () => (await gateway.api("/v1/health")).status === 200);
}

/** Killed: it has no time to save anything, nor to say goodbye. */
async function restartAgent(gateway: Gateway): Promise<void> {
  gateway.agent().signal("SIGKILL");
  await gateway.agent().ended;
  gateway.startAgent();
  await gateway.ready();
}

async function knows(gateway: Gateway, vhost: string): Promise<boolean> {
  const { vhosts = [] } = (await gateway.api("/v1/config")).json() as { vhosts?: { readonly name: string }[] };
  return vhosts.some((one) => one.name === vhost);
}

/** Nobody gives any state, or what is given is not believed; if both are right, the agent may follow either. */
async function isNoticed(gateway: Gateway, pair: readonly Manner[]): Promise<boolean> {
  const { status, json } = await gateway.api("/v1/health");
  const { HeldAnswers: held } = json() as { HeldAnswers: Readonly<Record<string, unknown>> };
  if (!pair.includes("has lost its data")) return status === 500;
  return held["default"] !== undefined || (pair.includes("leads") && status === 200);
}

/** Saved state of the namespace, and whether it can be started from. */
const hour = 3_600_000;
const savedStates = [
  { what: "a minute old", text: (shop: DemoApp) => stateOf(shop, Date.now() - 60_000), ageSec: 60, isGood: true },
  {
    what: "a year old",
    text: (shop: DemoApp) => stateOf(shop, Date.now() - 8766 * hour),
    ageSec: 31_557_600,
    isGood: true,
  },
  { what: "from the future", text: (shop: DemoApp) => stateOf(shop, Date.now() + 24 * hour), ageSec: 0, isGood: true },
  { what: "cut", text: (shop: DemoApp) => stateOf(shop, Date.now()).slice(0, -20), isGood: false },
  { what: "empty", text: () => "", isGood: false },
  { what: "of NUL bytes, as after a power failure", text: () => "\0".repeat(4096), isGood: false },
  { what: "of another namespace", text: (shop: DemoApp) => stateOf(shop, Date.now(), "other"), isGood: false },
  {
    what: "of a version to come",
    text: (shop: DemoApp) => stateOf(shop, Date.now()).replace(":1,", ":2,"),
    isGood: false,
  },
] as const;

for (const { what, text, isGood, ...rest } of savedStates) {
  test(`saved state ${what}, while all controllers are away, ${isGood ? "is served" : "changes nothing"}`, async (t) => {
    const settings = { startup_controller_sync_retry_delay_sec: 0.1 };
    const gateway = await openGateway(t, { apps: [exposedApp({ name: "shop" })], agent: "later", settings });
    const shop = await gateway.instance("shop-1.0.0");
    await gateway.cluster.controller(0).stop();
    await mkdir(gateway.files.state);
    await writeFile(join(gateway.files.state, "default.json"), text(shop));
    const kept = await identityOf(gateway.files.config);
    const agent = gateway.startAgent();
    if (isGood) {
      await gateway.servedBy("shop.test", shop);
      const age = await gateway.metric('drove_gateway_data_age_seconds{namespace="default"}');
      const { ageSec = 0 } = rest as { ageSec?: number };
      assert.ok(age !== undefined && age >= ageSec && age < ageSec + 60, `${age} s`);
    } else {
      await agent.says("saved state is unusable");
      await agent.says("no saved state to start from");
      assert.equal((await gateway.api("/v1/ready")).status, 503);
      assert.deepEqual(await identityOf(gateway.files.config), kept);
    }
    await gateway.cluster.controller(0).start();
    await gateway.servedBy("shop.test", shop);
    await eventually("the data is fresh", async () => {
      const age = await gateway.metric('drove_gateway_data_age_seconds{namespace="default"}');
      return age !== undefined && age < 30 && (await gateway.api("/v1/health")).status === 200;
    });
  });
}

function stateOf(shop: DemoApp, fetchedAt: number, namespace = "default"): string {
  const apps = [{ ...exposedApp({ name: "shop" }), hosts: [shop.endpoint] }];
  return `${JSON.stringify({ schemaVersion: 1, namespace, fetchedAt, leader: null, apps })}\n`;
}

for (const { what, spoil } of [
  { what: "is a file", spoil: (state: string) => writeFile(state, "") },
  { what: "is a link to nowhere", spoil: (state: string) => symlink("/nowhere/at/all", state) },
]) {
  test(`a state directory that ${what} is told, hinders nothing, and heals`, async (t) => {
    const gateway = await openGateway(t, { apps: [exposedApp({ name: "shop" })], agent: "later" });
    await spoil(gateway.files.state);
    const agent = gateway.startAgent();
    const shop = await gateway.instance("shop-1.0.0");
    await gateway.servedBy("shop.test", shop);
    await agent.says("state is not saved");
    const health = async () => (await gateway.api("/v1/health")).json() as { DiskIO: { Healthy: boolean } };
    assert.equal((await health()).DiskIO.Healthy, false);
    await rm(gateway.files.state);
    // The agent may have made it by itself.
    await mkdir(gateway.files.state, { recursive: true });
    await gateway.instance("shop-1.0.0");
    await eventually("it is saved again", async () => (await health()).DiskIO.Healthy);
  });
}

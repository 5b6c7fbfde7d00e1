import assert from "node:assert/strict";
import { test } from "node:test";
import type { DemoApp } from "../fake/demo-app.ts";
import { exposedApp } from "../fake/exposed-app.ts";
import type { Fault } from "../fake/faults.ts";
import { wrongEnvelopes } from "../fake/malformed.ts";
import { eventually } from "../image/support/eventually.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { identityOf } from "./support/files.ts";

/*
 * The only controller lies. What was good stays, health says that the state is old, and the truth is taken as soon as
 * it is told again. One gateway for all lies: none of them may leave a trace.
 */

const shop = exposedApp({ name: "shop" });
const envelopes = Object.keys(wrongEnvelopes) as (keyof typeof wrongEnvelopes)[];

/** What a controller does on every call, and a word of the reason that health gives. */
const lies: readonly (readonly [what: string, fault: Fault, reason: RegExp])[] = [
  ["hangs", { kind: "hang" }, /api_timeout = 1 s/],
  ["is too slow", { kind: "slow", ms: 3000 }, /api_timeout = 1 s/],
  ["drips its answer", { kind: "drip", everyMs: 300 }, /api_timeout = 1 s/],
  ["closes in the middle of a body", { kind: "close-mid-body" }, /clos|terminated/i],
  ["closes without an answer", { kind: "reset" }, /clos|reset|socket/i],
  ["answers garbage", { kind: "garbage" }, /JSON/],
  ["answers nothing", { kind: "garbage", text: "" }, /./],
  ["answers NUL bytes", { kind: "garbage", text: "\0\0\0" }, /JSON/],
  ...envelopes.map((envelope) => [`answers ${envelope}`, { kind: "wrong-envelope", envelope }, /./] as const),
  ["announces too much", { kind: "huge", megabytes: 3, length: "announced" }, /2 MB|max_response_mb/],
  ["sends too much", { kind: "huge", megabytes: 3, length: "chunked" }, /2 MB|max_response_mb/],
  ["fails with 500", { kind: "status", code: 500, body: "boom" }, /500/],
  ["fails with 404", { kind: "status", code: 404 }, /404/],
  ["wants credentials", { kind: "unauthorized" }, /401|credentials/i],
  ["redirects", { kind: "redirect", to: "http://127.0.0.1:1/" }, /redirect|302/],
  ["sends a gzip bomb", { kind: "gzip", how: "bomb" }, /./],
];

test("a controller that", async (t) => {
  const settings = { api_timeout: 1, max_response_mb: 2 };
  const gateway = await openGateway(t, { apps: [shop], settings });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  await gateway.inStep();
  for (const [what, fault, reason] of lies) {
    await t.test(what, () => changesNothing(gateway, { app, fault, reason }));
  }
});

test("apps that cannot be read are left out and named, the others are served", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  gateway.cluster.controller(0).fault({ kind: "wrong-apps" });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  const named = ["vhost-missing-1", "port-string-1", "tags-nested-1", "hosts-null-inside-1"];
  const body = await eventually(`all are named: ${named.join(" ")}`, async () => {
    const { body: state } = await gateway.api("/v1/config");
    return named.every((appId) => state.includes(appId)) && state;
  });
  const vhosts = JSON.parse(body).vhosts as readonly { readonly name: string; readonly appIds: readonly string[] }[];
  const served = vhosts.map(({ name, appIds }) => `${name} ${appIds.join(" ")}`);
  assert.deepEqual(
    served,
    ["shop.test shop-1.0.0", "sound.test tags-nested-1"],
    "only a bad tag costs no more than itself",
  );
});

test("a lying controller that is not the leader, or a dead one, is in nobody's way", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], controllers: 3, settings: { api_timeout: 2 } });
  await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  gateway.cluster.electLeader(2);
  gateway.cluster.controller(0).fault({ kind: "garbage" });
  await gateway.cluster.controller(1).stop();
  const late = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", late);
});

async function changesNothing(
  gateway: Gateway,
  { app, fault, reason }: { readonly app: DemoApp; readonly fault: Fault; readonly reason: RegExp },
): Promise<void> {
  const controller = gateway.cluster.controller(0);
  controller.mend();
  const kept = await identityOf(gateway.files.config);
  controller.fault(fault);
  gateway.cluster.apps.add(exposedApp({ name: "meanwhile", hosts: [app.endpoint] }));
  const message = await eventually("the namespace is unhealthy", () => unhealthyNamespace(gateway));
  assert.match(message, reason);
  await gateway.turned();
  assert.deepEqual(await identityOf(gateway.files.config), kept);
  assert.equal((await gateway.visit("shop.test")).headers["x-instance-id"], app.instance);

  controller.mend();
  controller.cutConnections();
  await gateway.api("/v1/reload");
  await gateway.servedBy("meanwhile.test", app);
  gateway.cluster.apps.remove("meanwhile-1.0.0");
  await gateway.inStep();
  await eventually("healthy", async () => (await gateway.api("/v1/health")).status === 200);
}

async function unhealthyNamespace(gateway: Gateway): Promise<string | false> {
  const { status, body } = await gateway.api("/v1/health");
  const { Healthy: healthy, Message: message } = JSON.parse(body).NamespaceHealth.default;
  return status === 500 && !healthy && String(message);
}

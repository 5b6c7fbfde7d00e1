import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { shippedTemplate } from "./support/config.ts";
import { hiddenFiles, identityOf } from "./support/files.ts";

const shop = exposedApp({ name: "shop" });
const dated = `# rendered at <%= it.datetime() %>\n${shippedTemplate}`;

test("an answer that says the same touches nothing, though the template prints the time", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], template: dated });
  await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  const before = await traces(gateway);
  assert.match(before.firstLine, /^# rendered at 2\d\d\d-/);

  gateway.cluster.emit("INSTANCE_STATE_CHANGE");
  await gateway.resynced();
  assert.deepEqual(await traces(gateway), before);
});

test("the same apps in another order, or another letter case, touch nothing", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  const [a, b] = [await gateway.instance("shop-1.0.0"), await gateway.instance("shop-1.0.0")];
  await gateway.inStep();
  const before = await traces(gateway);

  gateway.cluster.apps.add({ ...shop, vhost: "SHOP.test.", hosts: [a.endpoint, b.endpoint] });
  await gateway.resynced();
  assert.deepEqual(await traces(gateway), before);
});

test("a new agent beside a running nginx touches nothing, though the template prints the time", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], template: dated });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  const { reloads: _, ...before } = await traces(gateway);
  gateway.agent().signal("SIGKILL");
  await gateway.agent().ended;

  gateway.startAgent();
  await gateway.ready();
  await gateway.inStep();
  const { reloads, ...after } = await traces(gateway);
  assert.deepEqual(after, before);
  assert.equal(reloads, 0);
  await gateway.servedBy("shop.test", app);
});

test("the time that the template prints is that of the newest change", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], template: dated });
  await gateway.inStep();
  const before = await traces(gateway);
  await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  const after = await traces(gateway);
  assert.ok(timeIn(after.firstLine) > timeIn(before.firstLine));
  assert.ok(Math.abs(timeIn(after.firstLine) - after.mtimeMs) < 2, "the file's time is the time it prints");
});

function timeIn(line: string): number {
  return Date.parse(line.replace("# rendered at ", ""));
}

/** Everything that a needless apply would leave a trace in. */
async function traces(gateway: Gateway) {
  const [firstLine = ""] = (await readFile(gateway.files.config, "utf8")).split("\n");
  return {
    ...(await identityOf(gateway.files.config)),
    firstLine,
    beside: await hiddenFiles(gateway.folder),
    workers: await gateway.nginx().workers(),
    reloads: await gateway.metric("drove_gateway_reloads_successful"),
  };
}

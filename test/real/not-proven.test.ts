import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { freePorts, hold } from "../image/support/free-ports.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { shippedTemplate, withHttpLines } from "./support/config.ts";
import { hiddenFiles, identityOf } from "./support/files.ts";
import { plainTemplate } from "./support/plain-template.ts";

/*
 * Configs that pass `nginx -t` and that `nginx -s reload` takes without a word, and that nginx then does not serve.
 */

const shop = exposedApp({ name: "shop" });
const limits = (key: string) =>
  withHttpLines(`limit_req_zone ${key} zone=guard:1m rate=100000r/s;`, "limit_req zone=guard burst=1000 nodelay;");

test("a port that somebody else holds: rolled back, shown, and applied by itself when the port is free", async (t) => {
  const [port = 0] = await freePorts(1);
  const other = await hold(port);
  assert.ok(other);
  t.after(() => other.close());
  const gateway = await openGateway(t, { apps: [shop], template: shippedTemplate });
  await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  const load = gateway.load("shop.test");

  await rollsBack(
    gateway,
    withHttpLines(`server { listen ${port}; return 204; }`),
    /bind\(\) to .*Address already in use/,
  );
  other.close();
  await once(other, "close");
  await eventually("nginx listens on the freed port", async () => {
    return (await gateway.visit("any.test", { port })).status === 204;
  });
  await settles(gateway);
  assert.deepEqual((await load.stop()).failures, []);
});

test("a limit_req zone whose key changes: rolled back, and a change made meanwhile is applied later", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], template: limits("$binary_remote_addr") });
  await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  const load = gateway.load("shop.test");

  await rollsBack(gateway, limits("$uri"), /limit_req "guard" uses the "\$uri" key while previously/);
  const second = await gateway.instance("shop-1.0.0");
  await writeFile(gateway.files.template, limits("$binary_remote_addr"));
  await gateway.servedBy("shop.test", second);
  await settles(gateway);
  assert.deepEqual((await load.stop()).failures, []);
});

test("without an endpoint that tells the generation, workers that stay are the sign", async (t) => {
  const [port = 0] = await freePorts(1);
  const other = await hold(port);
  assert.ok(other);
  t.after(() => other.close());
  const gateway = await openGateway(t, { apps: [shop], template: plainTemplate() });
  await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  await rollsBack(gateway, plainTemplate(`server { listen ${port}; return 204; }`), /bind\(\) to/);
  other.close();
  await gateway.agent().says("in step again");
  assert.equal((await gateway.visit("any.test", { port })).status, 204);
});

/** Edits the template into one that nginx will not serve, and sees what the agent makes of it. */
async function rollsBack(gateway: Gateway, template: string, reason: RegExp): Promise<void> {
  const before = await identityOf(gateway.files.config);
  const workers = await gateway.nginx().workers();
  await writeFile(gateway.files.template, template);
  const line = await gateway.agent().says("not applied");
  assert.equal(line["code"], "proxy-not-proven");
  assert.match(String(line["error"]), reason);

  assert.deepEqual(await gateway.nginx().workers(), workers);
  const health = await gateway.api("/v1/health");
  assert.equal(health.status, 500);
  assert.match(String((health.json()["Config"] as { Message: string }).Message), reason);
  assert.equal(await gateway.metric("drove_gateway_config_generation_healthy"), 0);
  assert.ok(((await gateway.metric("drove_gateway_reloads_failed")) ?? 0) >= 1);
  await eventually("the former file is back", async () =>
    isDeepStrictEqual(await identityOf(gateway.files.config), before),
  );
}

async function settles(gateway: Gateway): Promise<void> {
  await gateway.agent().says("in step again");
  await gateway.inStep();
  assert.equal((await gateway.api("/v1/health")).status, 200);
  assert.deepEqual(await hiddenFiles(gateway.folder), []);
}

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { shippedTemplate, withHttpLines } from "./support/config.ts";
import { hiddenFiles, identityOf, scriptIn } from "./support/files.ts";

const shop = exposedApp({ name: "shop" });
const bogus = withHttpLines("bogus_directive on;");

test("a template that nginx refuses changes nothing, is shown, and is tried again with the next change", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], template: shippedTemplate });
  const first = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", first);
  await gateway.inStep();
  const before = await identityOf(gateway.files.config);
  const load = gateway.load("shop.test");

  await writeFile(gateway.files.template, bogus);
  const line = await gateway.agent().says("not applied");
  assert.equal(line["code"], "proxy-refused-config");
  assert.equal(line["line"], "bogus_directive on;");
  const words = `unknown directive "bogus_directive" in ${gateway.files.config}:`;
  assert.ok(String(line["error"]).includes(words), String(line["error"]));
  await showsUnhealthy(gateway, words);
  assert.deepEqual(await identityOf(gateway.files.config), before);
  await keepsOnlyRefused(gateway);
  assert.match(await readFile(gateway.files.refused, "utf8"), /bogus_directive on;/);

  const second = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", second);
  const withLastGood = await gateway.agent().says("applied", (said) => said["template"] === "the last good one");
  assert.match(JSON.stringify(withLastGood), /members-changed/);
  assert.doesNotMatch(await readFile(gateway.files.config, "utf8"), /bogus/);
  assert.equal((await gateway.api("/v1/health")).status, 500);

  await writeFile(gateway.files.template, shippedTemplate);
  await gateway.inStep();
  assert.deepEqual((await load.stop()).failures, []);
  assert.equal((await gateway.api("/v1/health")).status, 200);
  await gateway.agent().says("in step again");
});

test("a refused config is tried again by itself", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], template: shippedTemplate });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  const extra = join(gateway.folder, "extra.conf");
  await writeFile(gateway.files.template, withHttpLines(`include ${extra};`));
  await gateway.agent().says("not applied", (line) => String(line["error"]).includes(extra));

  await writeFile(extra, `server { listen ${gateway.ports.proxy}; server_name extra.test; return 204; }\n`);
  await gateway.answers("extra.test", 204);
  await gateway.servedBy("shop.test", app);
  await eventually("healthy", async () => (await gateway.api("/v1/health")).status === 200);
});

test("if the first config is refused, what nginx has stays, and the agent is not ready", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], template: bogus, agent: "later" });
  const before = await identityOf(gateway.files.config);
  await gateway.startAgent().says("not applied");
  assert.deepEqual(await identityOf(gateway.files.config), before);
  assert.equal((await gateway.api("/v1/ready")).status, 503);
  assert.equal((await gateway.api("/v1/live")).status, 200);
  assert.equal(await gateway.metric("drove_gateway_reloads_successful"), 0);
});

test("without nginx, a config that it refuses is not even written", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], template: bogus, nginx: "absent" });
  await gateway.agent().says("not applied");
  await keepsOnlyRefused(gateway);
  await assert.rejects(readFile(gateway.files.config), { code: "ENOENT" });
});

test("nginx_cmd that does not exist or hangs is named, and traffic goes on", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  await gateway.inStep();
  const before = await identityOf(gateway.files.config);

  await gateway.configure({ nginx_cmd: "/nowhere/nginx" });
  await gateway.agent().says("the configuration has changed");
  await gateway.instance("shop-1.0.0");
  await gateway.agent().says("not applied", (line) => /\/nowhere\/nginx -t .* cannot run/.test(String(line["error"])));

  const hanging = await scriptIn(gateway.folder, "nginx-that-hangs", ["sleep 60"]);
  await gateway.configure({ nginx_cmd: hanging, nginx_check_timeout_sec: 1 });
  await gateway.agent().says("not applied", (line) => /did not end within 1 s/.test(String(line["error"])));
  assert.deepEqual(await identityOf(gateway.files.config), before);
  await gateway.servedBy("shop.test", app);

  await gateway.configure({});
  await gateway.inStep();
});

/** But for the moments in which it is tried again. */
async function keepsOnlyRefused({ folder }: Gateway): Promise<void> {
  await eventually("only the refused file is left", async () => {
    return (await hiddenFiles(folder)).join(" ") === ".nginx.conf.refused";
  });
}

async function showsUnhealthy(gateway: Gateway, words: string): Promise<void> {
  const { status, body } = await gateway.api("/v1/health");
  assert.equal(status, 500);
  const { Config: config } = JSON.parse(body);
  assert.equal(config.Healthy, false);
  assert.ok(config.Message.includes(words), config.Message);
  assert.equal(await gateway.metric("drove_gateway_config_generation_healthy"), 0);
  assert.ok(((await gateway.metric("drove_gateway_reloads_failed")) ?? 0) > 0);
}

import assert from "node:assert/strict";
import { readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { startCluster } from "../fake/drove-cluster.ts";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { freePorts } from "../image/support/free-ports.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { hiddenFiles } from "./support/files.ts";

const shop = exposedApp({ name: "shop" });
const cart = exposedApp({ name: "cart" });

test("keys that count at once: realm, xproxy, loglevel", async (t) => {
  const gateway = await openGateway(t, { apps: [shop, cart] });
  const [first, second] = [await gateway.instance("shop-1.0.0"), await gateway.instance("cart-1.0.0")];
  await gateway.inStep();
  const { master } = gateway.nginx();

  await gateway.configure({ xproxy: "renamed" }, { realm: "cart.test" });
  await gateway.answers("shop.test", 503);
  // A worker of before may take one more connection while the next ones serve already.
  await eventually(
    "the new name is sent",
    async () => (await gateway.visit("cart.test")).headers["x-proxy"] === "renamed",
  );
  assert.equal((await gateway.visit("cart.test")).headers["x-instance-id"], second.instance);

  await gateway.configure({ loglevel: "error" });
  await gateway.servedBy("shop.test", first);
  const before = gateway.agent().log().length;
  await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  const said = gateway
    .agent()
    .log()
    .slice(before)
    .map((line) => line.level);
  assert.deepEqual(said, [], "nothing below an error is told any more");
  assert.equal(gateway.nginx().master, master);
});

test("an operator's loglevel counts at once, over the configured one, until it is taken back", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], settings: { loglevel: "error" } });
  const say = async (level: string) => await gateway.api(`/v1/loglevel?level=${level}`, { method: "POST" });
  assert.deepEqual(gateway.agent().log(), [], "nothing below an error is told");
  assert.deepEqual((await say("info")).json(), { level: "info", configured: "error" });
  await gateway.instance("shop-1.0.0");
  await gateway.agent().says("applied");
  assert.deepEqual((await say("")).json(), { level: "error", configured: "error" });
  const before = gateway.agent().log().length;
  await gateway.servedBy("shop.test", await gateway.instance("shop-1.0.0"));
  await gateway.inStep();
  assert.equal(gateway.agent().log().length, before);
});

test("proxy_port and nginx_status_address move while running", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  const [proxy = 0, status = 0] = await freePorts(2);
  await gateway.configure({ proxy_port: proxy, nginx_status_address: `127.0.0.1:${status}` });
  await eventually("served on the new port", async () => {
    return (await gateway.visit("shop.test", { port: proxy })).headers["x-instance-id"] === app.instance;
  });
  const refused = (error: unknown) => error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
  await eventually("the old port is closed", () => gateway.visit("shop.test").then(() => false, refused));
  await eventually("proven", async () => (await hiddenFiles(gateway.folder)).length === 0);
  assert.equal((await gateway.api("/v1/health")).status, 200);
});

test("a namespace that is added is served beside the others", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  const other = await startCluster({ apps: [cart] });
  t.after(() => other.stop());
  const app = await gateway.instance("cart-1.0.0", { unlisted: true });
  other.apps.addInstance("cart-1.0.0", app.endpoint);
  const text = await readFile(gateway.files.toml, "utf8");
  await writeFile(gateway.files.toml, `${text}\n[[namespaces]]\nname = "other"\ndrove = ["${other.urls[0]}"]\n`);
  await gateway.servedBy("cart.test", app);
  assert.equal((await gateway.visit("shop.test")).status, 200);
});

test("a key that counts only after a restart is named, and the rest of the edit counts", async (t) => {
  const gateway = await openGateway(t, { apps: [shop, cart] });
  await gateway.instance("shop-1.0.0");
  await gateway.instance("cart-1.0.0");
  await gateway.inStep();
  const [port = 0] = await freePorts(1);
  await gateway.configure({ port }, { realm: "cart.test" });
  await gateway.answers("shop.test", 503);
  const line = await gateway.agent().says("port has changed, but counts only after a restart of the agent");
  assert.deepEqual([line.level, line["code"], line["key"]], ["warn", "restart-needed", "port"]);
  assert.match((await gateway.api("/v1/config")).body, /"restart-needed"/);
  assert.equal((await gateway.api("/v1/health")).status, 200);
  await assert.rejects(gateway.api("/v1/health", { port }));

  await gateway.configure({}, { realm: "cart.test" });
  await eventually("the note goes when the key is back", async () => {
    return !(await gateway.api("/v1/config")).body.includes("restart-needed");
  });
});

const badEdits: Readonly<Record<string, { readonly edit: (text: string) => string; readonly says: RegExp }>> = {
  "that is no TOML": { edit: (text) => `${text}\nloglevel = \n`, says: /gateway\.toml:\d+/ },
  "with a value of the wrong kind": {
    edit: (text) => text.replace(/^proxy_port = .*$/m, 'proxy_port = "many"'),
    says: /gateway\.toml:\d+: proxy_port.* must be a port from 1 to 65535/,
  },
  "without a namespace": {
    edit: (text) => text.slice(0, text.indexOf("[[namespaces]]")),
    says: /gateway\.toml.*namespaces/,
  },
};

for (const [what, { edit, says }] of Object.entries(badEdits)) {
  test(`an edit ${what} is shown with its place, and the last good one stays`, async (t) => {
    const gateway = await openGateway(t, { apps: [shop] });
    await gateway.instance("shop-1.0.0");
    await gateway.inStep();
    const good = await readFile(gateway.files.toml, "utf8");
    await writeFile(gateway.files.toml, edit(good));
    const line = await gateway.agent().says("the config cannot be used, the last good one stays");
    assert.match(String(line["error"]), says);
    const health = await gateway.api("/v1/health");
    assert.equal(health.status, 500);
    assert.match(String((health.json()["Config"] as { Message: string }).Message), says);
    await keepsServing(gateway);
    const commands = await Promise.all([gateway.command("plan"), gateway.command("healthcheck")]);
    for (const { code, stderr } of commands) {
      assert.equal(code, 0, stderr);
      assert.match(stderr, says);
    }

    await writeFile(gateway.files.toml, good);
    await gateway.agent().says("the config is good again");
    await eventually("healthy", async () => (await gateway.api("/v1/health")).status === 200);
  });
}

test("a config file that is gone for a while changes nothing", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  const aside = join(gateway.folder, "aside.toml");
  await rename(gateway.files.toml, aside);
  await gateway.agent().says("the config cannot be used, the last good one stays");
  await keepsServing(gateway);
  await rename(aside, gateway.files.toml);
  await gateway.agent().says("the config is good again");
});

test("an unknown key is warned of with the nearest known one, and the edit counts", async (t) => {
  const gateway = await openGateway(t, { apps: [shop, cart] });
  await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  const text = await readFile(gateway.files.toml, "utf8");
  await writeFile(gateway.files.toml, `logleval = "debug"\n${text}realm = "cart.test"\n`);
  await gateway.answers("shop.test", 503);
  await eventually("warned", async () =>
    gateway
      .agent()
      .log()
      .some((line) => line["code"] === "config-unknown-key" && /did you mean loglevel\?/.test(line.msg)),
  );
});

test("a config file behind a ConfigMap's link, and a password file that is replaced", async (t) => {
  const credentials = { user: "gateway", pass: "second" };
  const gateway = await openGateway(t, { apps: [shop], credentials, agent: "later" });
  const pass = join(gateway.folder, "pass");
  await writeFile(pass, "second\n");
  const { user } = credentials;
  await gateway.configure({}, { user, pass: "", pass_file: pass });
  const data = join(gateway.folder, "first.toml");
  await rename(gateway.files.toml, data);
  await symlink("first.toml", gateway.files.toml);
  gateway.startAgent();
  await gateway.ready();
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);

  await writeFile(pass, "wrong\n");
  await eventually("the wrong password is refused", async () => {
    return gateway.cluster.requests().at(-1)?.authorization === "refused";
  });
  await keepsServing(gateway, "unlisted");
  await writeFile(pass, "second\n");
  await eventually(
    "the right one is taken",
    async () => gateway.cluster.requests().at(-1)?.authorization === "granted",
  );

  const text = await readFile(data, "utf8");
  await writeFile(join(gateway.folder, "second.toml"), text.replace("gateway-under-test", "swapped"));
  await symlink("second.toml", join(gateway.folder, "swap"));
  await rename(join(gateway.folder, "swap"), gateway.files.toml);
  await eventually("the swapped file counts", async () => {
    return (await gateway.visit("shop.test")).headers["x-proxy"] === "swapped";
  });
  await rm(data);
});

/** Traffic goes on; and unless nothing can be heard, changes of the apps are still applied. */
async function keepsServing(gateway: Gateway, listing: "listed" | "unlisted" = "listed"): Promise<void> {
  assert.equal((await gateway.visit("shop.test")).status, 200);
  if (listing === "unlisted") return;
  const late = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", late);
}

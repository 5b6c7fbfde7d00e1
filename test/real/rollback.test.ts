import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { openHaproxyGateway } from "./haproxy-gateway.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";
import { findNoSecret, textsIn } from "./support/planted.ts";

interface Entry {
  readonly id: number;
  readonly outcome: string;
  readonly vhosts: number;
  readonly instances: number;
}

/** The newest entry of the history that looks like this, once there is one. */
async function recorded(gateway: Gateway, wanted: Partial<Entry>): Promise<Entry> {
  return await eventually(`the history has ${JSON.stringify(wanted)}`, async () => {
    const { code, stdout, stderr } = await gateway.command("history", "--json");
    assert.equal(code, 0, stderr);
    const { entries } = JSON.parse(stdout) as { readonly entries: readonly Entry[] };
    return entries.find((entry) => Object.entries(wanted).every(([key, value]) => entry[key as keyof Entry] === value));
  });
}

test("an earlier configuration is served again, over a restart of the agent too, until it is thawed", async (t) => {
  const gateway = await openGateway(t, { apps: [exposedApp({ name: "shop" })] });
  const shop = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", shop);
  const { id } = await recorded(gateway, { outcome: "applied", vhosts: 1, instances: 1 });
  const then = await readFile(gateway.files.config, "utf8");
  gateway.cluster.apps.add(exposedApp({ name: "blog" }));
  await gateway.servedBy("blog.test", await gateway.instance("blog-1.0.0"));

  const { stdout, stderr } = await gateway.command("rollback", String(id), "--reason", "blog is broken");
  assert.match(
    stdout,
    new RegExp(`^rolled back to ${id}; held until thawed\\nvhosts of now that it does not have: blog\\.test\\n$`),
    stderr,
  );
  assert.equal(await readFile(gateway.files.config, "utf8"), then);
  assert.equal((await gateway.visit("blog.test")).status, 503);
  assert.equal((await gateway.visit("shop.test")).status, 200);
  const waits = new RegExp(`^frozen since .*: rolled back to ${id}: blog is broken\\nwaits: reload`);
  await eventually("it waits", async () => waits.test((await gateway.command("plan")).stdout));

  gateway.agent().signal("SIGTERM");
  await gateway.agent().ended;
  await gateway.startAgent().says("changes are still frozen");
  await gateway.ready();
  assert.equal(await readFile(gateway.files.config, "utf8"), then);
  await gateway.command("thaw");
  await gateway.answers("blog.test", 200);

  const { stdout: list } = await gateway.command("history");
  assert.match(list, /^ +\d+ {2}2.* reload +applied .* rolled-back /m);
});

test("what nginx refused is in the history, and is not rolled back to; nothing secret is in it", async (t) => {
  const gateway = await openGateway(t, { apps: [exposedApp({ name: "shop" })] });
  await gateway.configure({ nginx_pid: "/no/such/folder/nginx.pid" });
  const { id } = await recorded(gateway, { outcome: "failed" });
  const refused = await gateway.command("rollback", String(id));
  assert.deepEqual(
    [refused.code, /generation \d+ was refused: .*no\/such\/folder/.test(refused.stderr)],
    [1, true],
    refused.stderr,
  );
  const unknown = await gateway.command("rollback", "4711");
  assert.match(unknown.stderr, /there is no generation 4711 in the history/);
  assert.equal((await gateway.command("rollback", "newest")).code, 64);
  const texts = await textsIn(join(gateway.files.state, "history"));
  assert.ok(Object.keys(texts).some((path) => path.endsWith(".gz")));
  findNoSecret(texts);
});

test("recorded answers are rendered again, with the template of now and with another one", async (t) => {
  const gateway = await openGateway(t, { apps: [exposedApp({ name: "shop" })] });
  await gateway.servedBy("shop.test", await gateway.instance("shop-1.0.0"));
  const { id } = await recorded(gateway, { outcome: "applied", instances: 1 });
  const same = await gateway.command("replay");
  assert.equal(same.code, 0, same.stderr);
  assert.match(same.stdout, new RegExp(`^same ${id} {2}2`, "m"));
  assert.doesNotMatch(same.stdout, /^(?:differs|failed)/m);
  const template = join(gateway.folder, "other.eta");
  await writeFile(
    template,
    "<% for (const app of it.Vhosts) { %>\n# <%= app.Vhost %> <%= app.Hosts.length %>\n<% } %>\n",
  );
  const other = await gateway.command("replay", String(id), "--template", template);
  assert.equal(other.code, 0, other.stderr);
  assert.match(other.stdout, new RegExp(`^differs ${id} [\\s\\S]*^\\+# shop\\.test 1$`, "m"));
  await writeFile(template, "<%= it.NoSuchThing %>");
  const failed = await gateway.command("replay", String(id), "--template", template, "--json");
  assert.deepEqual([failed.code, JSON.parse(failed.stdout)[0].outcome], [1, "failed"]);
  assert.equal((await gateway.command("replay", "4711")).code, 64);
});

for (const { name, program } of haproxyVersions.slice(-1))
  test(`HAProxy ${name} is rolled back too`, async (t) => {
    const gateway = await openHaproxyGateway(t, { program, apps: [exposedApp({ name: "shop" })] });
    const shop = await gateway.instance("shop-1.0.0");
    await gateway.servedBy("shop.test", shop);
    const { id } = await recorded(gateway, { outcome: "applied", vhosts: 1 });
    gateway.cluster.apps.add(exposedApp({ name: "blog" }));
    await gateway.servedBy("blog.test", await gateway.instance("blog-1.0.0"));
    const { code, stderr } = await gateway.command("rollback", String(id));
    assert.equal(code, 0, stderr);
    await gateway.answers("blog.test", 503);
    await gateway.command("thaw");
    await gateway.answers("blog.test", 200);
    await gateway.answers("shop.test", 200);
  });

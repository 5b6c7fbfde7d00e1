import assert from "node:assert/strict";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { openGateway } from "./harness.ts";
import { shippedTemplate, withHttpLines } from "./support/config.ts";
import { hiddenFiles, scriptIn } from "./support/files.ts";
import { plainTemplate } from "./support/plain-template.ts";
import { nginxVersion } from "./support/proxy.ts";

const shop = exposedApp({ name: "shop" });

test("a template that tells no generation is proven by new workers", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], template: plainTemplate() });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  await gateway.agent().says("applied", (line) => line["proof"] === "workers");
  await gateway.resynced();
  assert.deepEqual(await hiddenFiles(gateway.folder), []);
});

test("a wrapper reloads by its own command, and the generation is the proof", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], agent: "later" });
  const calls = join(gateway.folder, "calls");
  const wrapper = await scriptIn(gateway.folder, "in-container", [`echo "$@" >> ${calls}`, 'exec "$@"']);
  await gateway.configure({ nginx_cmd: `${wrapper} nginx -c "${gateway.files.config}"` });
  gateway.startAgent();
  await gateway.ready();
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  await gateway.inStep();
  await gateway.agent().says("applied", (line) => line["proof"] === "generation");
  const made = (await readFile(calls, "utf8")).trim().split("\n");
  assert.ok(made.includes(`nginx -c ${gateway.files.config} -s reload`), made.join("\n"));
  assert.ok(
    made.every((call) => /-V$|-t -c \S+$|-s reload$/.test(call)),
    made.join("\n"),
  );
});

test("of an nginx elsewhere whose template tells no generation, the command is the proof", async (t) => {
  const template = plainTemplate().replace(/^pid .*\n/, "");
  const gateway = await openGateway(t, { apps: [shop], agent: "later", template });
  const elsewhere = await scriptIn(gateway.folder, "elsewhere", [
    'case "$*" in',
    '*-V) echo "nginx version: nginx/1.22.1" >&2;;',
    `*reload) kill -HUP ${gateway.nginx().master};;`,
    '*) shift; nginx "$@";;',
    "esac",
  ]);
  await gateway.configure({ nginx_cmd: `${elsewhere} nginx` });
  const agent = gateway.startAgent();
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  // Until then the former file, of the tests, says where nginx's pid is.
  await agent.says("applied");
  gateway.cluster.apps.add(exposedApp({ name: "blog", hosts: [app.endpoint] }));
  await gateway.servedBy("blog.test", app);
  await agent.says("applied", (line) => line["proof"] === "command" && line["vhosts"] === 2);
  await gateway.turned();
  await gateway.inStep();
  assert.equal((await gateway.api("/v1/health")).status, 200);
});

test("an nginx that could not say its version at first is asked again", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], agent: "later" });
  const failed = join(gateway.folder, "failed");
  const shy = await scriptIn(gateway.folder, "nginx-that-is-shy", [
    `case "$*" in *-V*) [ -e ${failed} ] || { touch ${failed}; exit 1; };; esac`,
    'nginx "$@"',
  ]);
  await gateway.configure({ nginx_cmd: shy });
  gateway.startAgent();
  await gateway.ready();
  await gateway.turned();
  assert.ok((await stat(failed)).isFile());
  const { proxy } = (await gateway.api("/v1/status")).json() as unknown as { readonly proxy: { version: string } };
  assert.equal(proxy.version, nginxVersion.join("."));
});

test("a reload command that fails is rolled back and tried again", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  await gateway.inStep();
  const before = await readFile(gateway.files.config, "utf8");
  const wrapper = await scriptIn(gateway.folder, "in-container", [
    'case "$*" in *reload*) echo "no such container" >&2; exit 1;; esac',
    'exec "$@"',
  ]);
  await gateway.configure({ nginx_cmd: `${wrapper} nginx -c ${gateway.files.config}` });
  await gateway.agent().says("the configuration has changed");
  const second = await gateway.instance("shop-1.0.0");
  await gateway
    .agent()
    .says("not applied", (line) => /-s reload" failed: no such container/.test(String(line["error"])));
  await eventually("the former file is back", async () => {
    const left = await hiddenFiles(gateway.folder);
    return left.length === 0 && (await readFile(gateway.files.config, "utf8")) === before;
  });
  await gateway.servedBy("shop.test", app);

  await gateway.configure({});
  await gateway.servedBy("shop.test", second);
});

test("thousands of warnings of nginx are no refusal", async (t) => {
  const twins = Array.from(
    { length: 2000 },
    () => "server { listen 127.0.0.1:<%= it.ProxyPort %>; server_name twin.test; }",
  );
  const gateway = await openGateway(t, { apps: [shop], template: withHttpLines(...twins) });
  await gateway.instance("shop-1.0.0");
  await gateway.inStep();
});

test("a template that moves the pid file reloads the nginx that runs", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], template: shippedTemplate });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  const moved = join(gateway.folder, "moved.pid");
  const pid = "pid <%= it.nginxString(it.NginxPid) %>;";
  assert.ok(shippedTemplate.includes(pid));
  await writeFile(gateway.files.template, shippedTemplate.replace(pid, `pid ${moved};`));
  await eventually("nginx has moved it", async () => Number(await readFile(moved, "utf8")) === gateway.nginx().master);
  const second = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", second);
});

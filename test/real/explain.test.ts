import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { openHaproxyGateway } from "./haproxy-gateway.ts";
import { openGateway } from "./harness.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";

test("why an app is there or not always has an answer", async (t) => {
  const apps = [
    exposedApp({ name: "shop" }),
    exposedApp({ name: "bad", vhost: "not a host" }),
    exposedApp({ name: "other", vhost: "shop.example" }),
    exposedApp({ name: "blog" }),
  ];
  const gateway = await openGateway(t, { apps, namespace: { realm_suffix: ".test" } });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  await gateway.turned();
  const explain = async (name: string, code = 0) => {
    const result = await gateway.command("explain", name);
    assert.equal(result.code, code, result.stderr);
    return result.stdout;
  };

  const shop = await explain("shop.test");
  assert.match(shop, /^shop-1\.0\.0 of namespace default: served; kept: its vhost is in the namespace's realm$/m);
  assert.match(
    shop,
    new RegExp(`^ {2}instance http://127\\.0\\.0\\.1:${app.endpoint.port} {2}the proxy: has it$`, "m"),
  );
  assert.match(shop, /^ {6}server_name shop\.test;$/m);
  assert.match(shop, new RegExp(`^ {2}controller {2}${gateway.cluster.urls[0]}$`, "m"));
  assert.match(await explain("bad-1.0.0"), /refused; vhost .*not a host.*; the app is not served/);
  assert.match(await explain("other"), /out-of-realm; vhost "shop\.example" does not end with realm_suffix "\.test"/);
  assert.match(await explain("blog.test"), /no-instances; the controller lists no healthy instance/);
  assert.match(await explain("shpo.test", 1), /no controller lists an app[\s\S]*was shop\.test meant\?/);

  gateway.cluster.apps.remove("shop-1.0.0");
  await eventually("shop is gone", async () =>
    /it was served until 2.* \(shop-1\.0\.0\)/.test((await gateway.command("explain", "shop.test")).stdout),
  );
  const { stdout } = await gateway.command("explain", "blog", "--json");
  assert.equal(JSON.parse(stdout).apps[0].fate, "no-instances");
});

for (const { name, program } of haproxyVersions.slice(-1))
  test(`HAProxy ${name} is asked what it has`, async (t) => {
    const gateway = await openHaproxyGateway(t, { program, apps: [exposedApp({ name: "shop" })] });
    const app = await gateway.instance("shop-1.0.0");
    await gateway.servedBy("shop.test", app);
    await gateway.inStep();
    const { stdout } = await gateway.command("explain", "shop.test");
    assert.match(stdout, /the proxy: has it$/m);
    assert.match(
      stdout,
      new RegExp(`^ {2}backend shop\\.test: server_127\\.0\\.0\\.1_${app.endpoint.port} serving$`, "m"),
    );
    assert.match(stdout, /^ {4}backend shop\.test$/m);
  });

test("while a template fails, what the proxy has is told as it was", async (t) => {
  const [newest] = haproxyVersions.slice(-1);
  assert.ok(newest !== undefined);
  const { program } = newest;
  const gateway = await openHaproxyGateway(t, { program, apps: [exposedApp({ name: "shop" })] });
  await gateway.servedBy("shop.test", await gateway.instance("shop-1.0.0"));
  await gateway.inStep();
  const template = join(gateway.folder, "own.eta");
  await writeFile(template, "<%= it.nothing.at %>");
  await gateway.configure({ haproxy_template: template });
  await gateway.agent().says("not applied");
  gateway.cluster.apps.add(exposedApp({ name: "blog" }));
  await gateway.servedBy("blog.test", await gateway.instance("blog-1.0.0"));
  await gateway.turned();
  const { stdout } = await gateway.command("explain", "shop.test");
  assert.match(stdout, /the proxy: has it$/m);
  assert.match((await gateway.command("explain", "blog.test")).stdout, /^ *since +2/m);
  const { proxy } = (await gateway.api("/v1/status")).json() as unknown as { readonly proxy: { running: boolean } };
  assert.equal(proxy.running, true);
});

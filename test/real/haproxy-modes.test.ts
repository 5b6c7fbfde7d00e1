import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { exposedApp, exposedHost } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { openHaproxyGateway } from "./haproxy-gateway.ts";
import { haproxyConfig } from "./support/haproxy.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";

const apps = [exposedApp({ name: "shop" })];
const quick = { everyMs: 20 };

interface Part {
  readonly Healthy: boolean;
  readonly Message: string;
}

for (const { name, program } of haproxyVersions) {
  describe(`HAProxy ${name}`, () => {
    test("without reloads: servers come and go in the backends that it has, the others are told by name", async (t) => {
      const settings = { haproxy_reload_disabled: true };
      const both = [...apps, exposedApp({ name: "cart" })];
      const gateway = await openHaproxyGateway(t, { program, apps: both, settings, agent: "later" });
      const { files } = gateway.haproxy();
      const own = haproxyConfig(
        files,
        "frontend f",
        `  bind :${gateway.ports.proxy}`,
        "  default_backend shop.test",
        "backend shop.test",
      );
      await gateway.haproxy().kill();
      await writeFile(files.config, own);
      await gateway.startHaproxy();
      const worker = await gateway.haproxy().worker();
      gateway.startAgent();
      const app = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", app);
      await gateway
        .agent()
        .says("the proxy has no backend cart.test, so its servers cannot be added; add it to the configuration");
      const health = JSON.parse((await gateway.api("/v1/health")).body) as { readonly UpstreamUpdatesViaAPI: Part };
      assert.match(health.UpstreamUpdatesViaAPI.Message, /backend cart\.test of vhost cart\.test missing/);
      gateway.cluster.apps.kill("shop-1.0.0", app.endpoint);
      await gateway.hasServers("shop.test", []);
      assert.equal(await readFile(files.config, "utf8"), own);
      assert.equal(await gateway.haproxy().worker(), worker);
    });

    test("without a socket: every change is a reload by the configured command", async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps, agent: "later" });
      const { files, master } = gateway.haproxy();
      const template = join(gateway.folder, "own.eta");
      await writeFile(template, ownTemplate(files.stats, gateway.ports.proxy));
      const reload = `kill -USR2 ${master}`;
      const none = {
        haproxysocketaddr: "",
        haproxy_master_socket: "",
        haproxy_reload_cmd: reload,
        haproxy_template: template,
      };
      await gateway.configure(none);
      gateway.startAgent();
      const app = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", app);
      const before = await gateway.reloads();
      const second = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", second);
      await gateway.turned();
      assert.ok((await gateway.reloads()) > before);
    });

    test("that refuses a file goes on with the former one; the reason is told with its line", async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps });
      const app = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", app);
      const template = join(gateway.folder, "own.eta");
      await writeFile(template, `${ownTemplate(gateway.haproxy().files.stats, gateway.ports.proxy)}  bogus here\n`);
      await gateway.configure({ haproxy_template: template });
      const line = await gateway.agent().says("not applied");
      assert.match(String(line["error"] ?? line["message"] ?? JSON.stringify(line)), /haproxy\.cfg:\d+.*bogus/);
      const second = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", second);
      await writeFile(template, ownTemplate(gateway.haproxy().files.stats, gateway.ports.proxy));
      await gateway.agent().says("in step again");
      await gateway.servedBy("shop.test", second);
    });

    test("with the generation in the name of a file only is proven by its new worker, and reloaded once", async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps, agent: "later" });
      const template = join(gateway.folder, "own.eta");
      const text = ownTemplate(gateway.haproxy().files.stats, gateway.ports.proxy);
      await writeFile(template, text.replace("global\n", "global\n  # hosts-<%= it.Generation %>.map\n"));
      await gateway.configure({ haproxy_template: template });
      gateway.startAgent();
      await gateway.servedBy("shop.test", await gateway.instance("shop-1.0.0"));
      await gateway.agent().says("applied", (line) => line["proof"] === "workers");
      const reloads = await gateway.reloads();
      await gateway.turned();
      assert.equal(await gateway.reloads(), reloads);
      assert.equal((await gateway.api("/v1/health")).status, 200);
    });

    test("that fails at the reload, unchecked, has its former file back", async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps, settings: { haproxy_ignore_check: true } });
      const app = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", app);
      await gateway.turned();
      const before = await gateway.file();
      const template = join(gateway.folder, "own.eta");
      await writeFile(template, `${ownTemplate(gateway.haproxy().files.stats, gateway.ports.proxy)}  bogus here\n`);
      await gateway.configure({ haproxy_ignore_check: true, haproxy_template: template });
      await gateway.agent().says("not applied", (line) => JSON.stringify(line).includes("goes on with its former"));
      assert.equal(await gateway.file(), before);
      await gateway.servedBy("shop.test", app);
    });

    test("serves instances by name and by IPv6, and goes on when a name does not resolve", async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps });
      const six = await gateway.instance("shop-1.0.0", { host: "::1" });
      await gateway.servedBy("shop.test", six);
      const named = await gateway.instance("shop-1.0.0", { unlisted: true });
      gateway.cluster.apps.addInstance("shop-1.0.0", { ...named.endpoint, host: "localhost" });
      await gateway.servedBy("shop.test", named);
      gateway.cluster.apps.addInstance("shop-1.0.0", exposedHost(80, { host: "gone.invalid" }));
      // In which words depends on the resolver of this machine.
      await gateway.agent().waitFor("the note", async () =>
        gateway
          .agent()
          .log()
          .some((line) => line["app"] === "gone.invalid" && line.msg.endsWith("; its instances are left out")),
      );
      const health = JSON.parse((await gateway.api("/v1/health")).body) as { readonly ResolverHealth: Part };
      assert.equal(health.ResolverHealth.Healthy, false);
      const found = await gateway.servers("shop.test");
      assert.deepEqual(
        found.map((one) => one.name).sort(),
        [`server___1_${six.endpoint.port}`, `server_localhost_${named.endpoint.port}`].sort(),
      );
    });

    test("that refuses one member serves the others at once, and that one after a reload", async (t) => {
      const both = [...apps, exposedApp({ name: "cart" })];
      const gateway = await openHaproxyGateway(t, { program, apps: both, agent: "later" });
      const template = join(gateway.folder, "own.eta");
      const text = ownTemplate(gateway.haproxy().files.stats, gateway.ports.proxy);
      // A backend that shares out by a fixed table takes no server at run time.
      const fixed = text.replace(
        "<% for (const host",
        '<% if (vhost === "cart.test") { %>\n  balance static-rr\n<% } %>\n<% for (const host',
      );
      await writeFile(template, fixed);
      await gateway.instance("cart-1.0.0");
      await gateway.instance("shop-1.0.0");
      await gateway.configure({ haproxy_template: template });
      gateway.startAgent();
      await gateway.ready();
      // At rest, so that what comes goes ahead.
      await gateway.turned();
      const shop = await gateway.instance("shop-1.0.0");
      const cart = await gateway.instance("cart-1.0.0");
      await gateway.servedBy("shop.test", shop);
      const { refused } = await gateway.agent().says("applied", (line) => "refused" in line);
      assert.match(String(refused), new RegExp(`add cart.test/server_127.0.0.1_${cart.endpoint.port}: Backend`));
      await gateway.servedBy("cart.test", cart);
      await gateway.turned();
      assert.equal(await gateway.metric('drove_gateway_reloads_total{reason="servers-refused"}'), 1);
      const refusals = await gateway.metric('drove_gateway_haproxy_api_calls_failed_total{operation="add"}');
      assert.equal(refusals, 1, "asked for twice, ahead of the look and after it, it was refused once");
    });

    test("has its server-state file written after each change, and a killed agent's remains removed", async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps, agent: "later" });
      const path = join(gateway.folder, "server-state");
      await gateway.configure({
        haproxy_manage_global_server_state_file: true,
        haproxy_global_server_state_file_path: path,
      });
      const remains = join(gateway.folder, ".server-state.tmp-0123456789ab");
      await writeFile(remains, "half");
      gateway.startAgent();
      const app = await gateway.instance("shop-1.0.0");
      const has = async () => (await readFile(path, "utf8")).includes(`server_127.0.0.1_${app.endpoint.port}`);
      await eventually("it has the new server", has, quick);
      gateway.cluster.apps.kill("shop-1.0.0", app.endpoint);
      await eventually("it has lost it", async () => !(await has()), quick);
      const health = JSON.parse((await gateway.api("/v1/health")).body) as { readonly ServerStateFileUpdate: Part };
      assert.deepEqual(health.ServerStateFileUpdate, { Healthy: true, Message: "OK" });
      await assert.rejects(readFile(remains), { code: "ENOENT" });
    });

    test("loses no request while every instance is replaced twice, with keep-alive and without, and never reloads", async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps });
      const first = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", first);
      const reloads = await gateway.reloads();
      const loads = [gateway.load("shop.test"), gateway.load("shop.test", { keepAlive: true })];
      let current = [first, await gateway.instance("shop-1.0.0"), await gateway.instance("shop-1.0.0")];
      for (const _ of ["once", "twice"])
        for (const old of current) {
          const next = await gateway.instance("shop-1.0.0");
          await gateway.servedBy("shop.test", next);
          gateway.cluster.apps.kill("shop-1.0.0", old.endpoint);
          current = [...current.filter((one) => one !== old), next];
          const gone = async () => !(await gateway.servers("shop.test")).some(({ port }) => port === old.endpoint.port);
          await eventually("the old one is gone", gone, quick);
          await old.stop();
        }
      for (const { failures, total } of await Promise.all(loads.map((load) => load.stop()))) {
        assert.deepEqual(failures, []);
        assert.ok(total > 100, `${total}`);
      }
      assert.equal(await gateway.reloads(), reloads);
    });
  });
}

/** A template of an operator who knows nothing of the agent. */
function ownTemplate(stats: string, port: number): string {
  return `global
  stats socket ${stats} mode 600 level admin
defaults
  mode http
  timeout connect 3s
  timeout client 60s
  timeout server 60s
frontend http
  bind :${port}
  use_backend %[req.hdr(host),field(1,:)]
<% for (const [vhost, app] of Object.entries(it.Apps)) { %>
backend <%= vhost %>
<% for (const host of app.Hosts) { %>
  server server_<%= host.Host %>_<%= host.Port %> <%= host.Address %>:<%= host.Port %>
<% } %>
<% } %>
`;
}

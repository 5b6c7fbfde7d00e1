import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { type ExposedApp, exposedApp, manyApps } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { openHaproxyGateway } from "./haproxy-gateway.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { shippedTemplate } from "./support/config.ts";
import { scriptIn } from "./support/files.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";

/*
 * Templates that print a tag as it is, and apps that say something in it that the proxy does not take: only they are kept
 * apart. The proxies are real, and say what they say.
 */

/** The shipped template with a line of the app's own in each server. */
const withRate = shippedTemplate.replace(
  "    server_name <%= app.Vhost %>;",
  `    server_name <%= app.Vhost %>;\n    <%~ app.Tags.rate ? "limit_rate " + app.Tags.rate + ";" : "" %>`,
);

/** The same in Go, and short. */
const goTemplate = `pid "{{ .NginxPid }}"; error_log "{{ .NginxErrorLog }}";
events {}
http {
  access_log off;
  {{- $temp := .NginxTempDir }}
  client_body_temp_path "{{ $temp }}/a"; proxy_temp_path "{{ $temp }}/b"; fastcgi_temp_path "{{ $temp }}/c";
  uwsgi_temp_path "{{ $temp }}/d"; scgi_temp_path "{{ $temp }}/e";
  server_names_hash_max_size 4096; server_names_hash_bucket_size 128;
  server { listen {{ .NginxStatusAddress }}; location = /_gateway/generation { return 200 "{{ .Generation }}"; } }
  {{- $port := .ProxyPort }}
  {{- range .Apps }}
  upstream {{ .Vhost }} {
    {{- range .Hosts }}
    server {{ .Host }}:{{ .Port }};
    {{- end }}
  }
  server {
    listen {{ $port }};
    server_name {{ .Vhost }};
    {{- with index .Tags "rate" }}
    limit_rate {{ . }};
    {{- end }}
    location / { proxy_pass http://{{ .Vhost }}; }
  }
  {{- end }}
}
`;

const rated = (name: string, rate: string) => exposedApp({ name, tags: { rate } });

interface Told {
  readonly appId: string;
  readonly serves: string;
  readonly reason: string;
}

async function quarantined(gateway: Gateway): Promise<readonly Told[]> {
  const state = (await gateway.api("/v1/config")).json() as unknown as { readonly quarantined?: readonly Told[] };
  return state.quarantined ?? [];
}

const namesIn = async (gateway: Gateway) => (await quarantined(gateway)).map((one) => `${one.appId}: ${one.serves}`);

async function holds(gateway: Gateway, names: readonly string[]): Promise<void> {
  await eventually(`in quarantine: ${names}`, async () => (await namesIn(gateway)).join() === names.join());
}

describe("an app whose tag nginx refuses", () => {
  for (const [language, template] of [
    ["Eta", withRate],
    ["Go", goTemplate],
  ] as const)
    test(`keeps its last accepted form while the others go on, and is let out when it is mended (${language})`, async (t) => {
      const gateway = await open(t, { template, language, apps: [rated("shop", "1m"), rated("cart", "2m")] });
      const shop = await gateway.instance("shop-1.0.0");
      const cart = await gateway.instance("cart-1.0.0");
      await gateway.servedBy("shop.test", shop);
      await gateway.servedBy("cart.test", cart);
      await gateway.inStep();
      const load = gateway.load("cart.test");

      gateway.cluster.apps.add({ ...rated("cart", "nonsense"), hosts: [cart.endpoint] });
      gateway.cluster.apps.add(rated("late", "3m"));
      const late = await gateway.instance("late-1.0.0");
      await gateway.servedBy("late.test", late);
      await holds(gateway, ["cart-1.0.0: its last accepted form"]);
      assert.match((await quarantined(gateway))[0]?.reason ?? "", /nonsense|invalid value/);
      assert.match(await readFile(gateway.files.config, "utf8"), /limit_rate 2m;/);
      await told(gateway);

      const second = await gateway.instance("cart-1.0.0");
      await gateway.servedBy("cart.test", second);
      assert.deepEqual(await namesIn(gateway), ["cart-1.0.0: its last accepted form"]);

      gateway.cluster.apps.add({ ...rated("cart", "4m"), hosts: [cart.endpoint, second.endpoint] });
      await holds(gateway, []);
      await eventually("the new form is there", async () =>
        (await readFile(gateway.files.config, "utf8")).includes("limit_rate 4m;"),
      );
      assert.equal(await gateway.metric('drove_gateway_quarantined_apps{namespace="default"}'), 0);
      assert.deepEqual((await load.stop()).failures, []);
    });

  test("keeps its last accepted form when the agent is killed, whatever has become of the instances", async (t) => {
    const gateway = await open(t, {
      template: withRate,
      language: "Eta",
      apps: [rated("shop", "1m"), rated("cart", "2m")],
    });
    const first = await gateway.instance("cart-1.0.0");
    await gateway.servedBy("shop.test", await gateway.instance("shop-1.0.0"));
    await gateway.servedBy("cart.test", first);
    gateway.cluster.apps.add({ ...rated("cart", "nonsense"), hosts: [first.endpoint] });
    await holds(gateway, ["cart-1.0.0: its last accepted form"]);
    const forms = join(gateway.files.state, "quarantine", "forms.json");
    await eventually("it is on disk", async () => (await readFile(forms, "utf8")).includes("2m"));
    const load = gateway.load("cart.test");
    gateway.agent().signal("SIGKILL");
    await gateway.agent().ended;
    const second = await gateway.instance("cart-1.0.0");
    gateway.startAgent();
    await gateway.ready();
    await gateway.servedBy("cart.test", second);
    assert.deepEqual(await namesIn(gateway), ["cart-1.0.0: its last accepted form"]);
    assert.match(await readFile(gateway.files.config, "utf8"), /limit_rate 2m;/);
    assert.deepEqual((await load.stop()).failures, []);

    gateway.agent().signal("SIGTERM");
    await gateway.agent().ended;
    await writeFile(forms, "{");
    gateway.startAgent();
    await gateway.ready();
    await holds(gateway, ["cart-1.0.0: nothing"]);
    await gateway
      .agent()
      .says("what was served of apps in quarantine cannot be read, they are left out if they are still refused");
  });

  test("is left out if it was never accepted, one of several too, and from the agent's first turn", async (t) => {
    const apps = [rated("shop", "1m"), rated("bad-1", "x"), rated("bad-2", "} server { listen 1"), rated("cart", "2m")];
    const gateway = await open(t, { template: withRate, language: "Eta", apps });
    const shop = await gateway.instance("shop-1.0.0");
    const cart = await gateway.instance("cart-1.0.0");
    await gateway.servedBy("shop.test", shop);
    await gateway.servedBy("cart.test", cart);
    await holds(gateway, ["bad-1-1.0.0: nothing", "bad-2-1.0.0: nothing"]);
    assert.equal((await gateway.api("/v1/health")).status, 200);
  });

  test("stops all changes if quarantine_enabled is false", async (t) => {
    const settings = { quarantine_enabled: false };
    const gateway = await open(t, { template: withRate, language: "Eta", apps: [rated("shop", "1m")], settings });
    await gateway.servedBy("shop.test", await gateway.instance("shop-1.0.0"));
    gateway.cluster.apps.add(rated("bad", "x"));
    await gateway.agent().says("not applied", (line) => line["code"] === "proxy-refused-config");
    assert.deepEqual(await quarantined(gateway), []);
    assert.equal((await gateway.api("/v1/health")).status, 500);
  });

  test("is found among a thousand by its line in two checks, and without a line in twelve", async (t) => {
    const thousand = manyApps(1000);
    // A key of a map that is too long for its bucket: nginx does not say which one, and names no line.
    const mapped = withRate.replace(
      "  # Hosts that no app has.",
      `  map $host $gateway_key { default 0;
<% for (const app of it.Vhosts.filter((one) => one.Tags.key)) { %>
    <%~ app.Tags.key %> 1;
<% } %>
  }
  # Hosts that no app has.`,
    );
    const gateway = await open(t, { template: mapped, language: "Eta", apps: thousand, count: true });
    await gateway.inStep();
    const checks = async (tags: Readonly<Record<string, string>>, at: number) => {
      const app = thousand[at];
      assert.ok(app);
      const before = await checksOf(gateway);
      // All the others change as well: everyone is a suspect.
      gateway.cluster.apps.replace(thousand.map((one) => ({ ...one, tags: one === app ? tags : { turn: `${at}` } })));
      await holds(gateway, [`${app.appId}: its last accepted form`]);
      await gateway.turned();
      const needed = (await checksOf(gateway)) - before;
      gateway.cluster.apps.add(app);
      await holds(gateway, []);
      return needed;
    };
    const byLine = await checks({ rate: "x" }, 613);
    const byHalves = await checks({ key: "k".repeat(600) }, 614);
    t.diagnostic(`checks of nginx: ${byLine} by line, ${byHalves} by halves, the first refusal included`);
    assert.ok(byLine <= 3, `${byLine}`);
    assert.ok(byHalves <= 13, `${byHalves}`);
  });
});

for (const { name, program } of haproxyVersions)
  test(`apps whose tags HAProxy ${name} refuses are kept apart, all by one check`, async (t) => {
    const partial = await readFile(
      join(import.meta.dirname, "..", "..", "templates", "haproxy", "haproxy.cfg.eta"),
      "utf8",
    );
    const template = partial.replace(
      `<%~ include("backend", { backend }) %>`,
      `<%~ include("backend", { backend }) %>\n<% if (backend.Tags.rate) { %>\n  balance <%~ backend.Tags.rate %>\n<% } %>`,
    );
    const gateway = await openHaproxyGateway(t, {
      program,
      apps: [rated("shop", "leastconn"), rated("cart", "random")],
      agent: "later",
    });
    const folder = join(gateway.folder, "haproxy.cfg.eta");
    await writeFile(folder, template);
    await gateway.configure({
      haproxy_template: folder,
      template_partials: [join(import.meta.dirname, "..", "..", "templates", "haproxy", "partials", "*.eta")],
    });
    gateway.startAgent();
    await gateway.ready();
    const cart = await gateway.instance("cart-1.0.0");
    await gateway.servedBy("cart.test", cart);

    gateway.cluster.apps.add({ ...rated("cart", "nonsense"), hosts: [cart.endpoint] });
    gateway.cluster.apps.add(rated("bad", "'"));
    gateway.cluster.apps.add(rated("late", "roundrobin"));
    await gateway.servedBy("late.test", await gateway.instance("late-1.0.0"));
    await holds(gateway, ["bad-1.0.0: nothing", "cart-1.0.0: its last accepted form"]);
    assert.match(await gateway.file(), /balance random/);
    await gateway.servedBy("cart.test", await gateway.instance("cart-1.0.0"));
    await told(gateway);
  });

/** Health, metric, log and page say so. */
async function told(gateway: Gateway): Promise<void> {
  const health = (await gateway.api("/v1/health")).json() as unknown as {
    readonly Quarantine: { readonly Apps: number; readonly Message: string };
  };
  const names = (await quarantined(gateway)).map((one) => one.appId);
  assert.equal(health.Quarantine.Apps, names.length);
  for (const name of names) assert.ok(health.Quarantine.Message.includes(name), health.Quarantine.Message);
  assert.equal(await gateway.metric('drove_gateway_quarantined_apps{namespace="default"}'), names.length);
  for (const name of names)
    assert.ok(
      gateway
        .agent()
        .log()
        .some((line) => line["code"] === "app-quarantined" && line["app"] === name),
    );
}

interface Opened {
  readonly template: string;
  readonly language: "Eta" | "Go";
  readonly apps: readonly ExposedApp[];
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Counts how often nginx is asked. */
  readonly count?: boolean;
}

async function open(t: TestContext, { template, language, apps, settings, count }: Opened): Promise<Gateway> {
  const gateway = await openGateway(t, { apps, template, agent: "later" });
  const nginx = await scriptIn(gateway.folder, "nginx-counting", [
    `case "$1" in -t) echo >> ${gateway.folder}/checks;; esac`,
    'nginx "$@"',
  ]);
  await gateway.configure({
    ...(language === "Go" && { template_engine: "go" }),
    ...(count && { nginx_cmd: nginx }),
    ...settings,
  });
  gateway.startAgent();
  await gateway.ready();
  return gateway;
}

async function checksOf(gateway: Gateway): Promise<number> {
  return (await readFile(join(gateway.folder, "checks"), "utf8")).length;
}

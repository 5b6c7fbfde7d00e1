import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import type { ExposedApp } from "../fake/exposed-app.ts";
import { exposedApp, exposedHost } from "../fake/exposed-app.ts";
import { hostileStrings } from "../fake/malformed.ts";
import { eventually } from "../image/support/eventually.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { shippedTemplate } from "./support/config.ts";
import { nginxPath } from "./support/proxy.ts";

/*
 * Strings that, printed raw, have nginx serve what an attacker likes. Each such app is refused alone and by name; nginx
 * itself is asked what it reads.
 */

const shop = exposedApp({ name: "shop" });

/** Vhosts that break out of directives of older templates and still pass `nginx -t`, and others of the kind. */
const exploits = [
  "~$host; } server_name evil.example.com; access_log /tmp/gateway-owned.log; location /pwn/ { alias /; autoindex on; } location /z { return 200 z",
  "a.com; } server { listen 81; location / { alias /; } } server { server_name b.com",
  "x.test;include /etc/passwd",
  'x.test" "y.test',
  "x.test\ty.test",
  "x.test\r\nlisten 82;",
  "$http_authorization.test",
  "x.test#comment",
  "x..test",
  ".x.test",
  "x.*",
  "*.*.test",
  "a.*.test",
  "~x",
  "_",
  "*",
  "10.0.0.1",
  "[::1]",
  "bücher.test",
  "x.test:80",
  "x.test/path",
  "-x.test",
  "x-.test",
  `${"a.".repeat(140)}test`,
];

/** Hosts of instances, with the same aim. */
const hosts = [
  "127.0.0.1:1; } server { listen 27021; } upstream z { server 127.0.0.1",
  "unix:/run/docker.sock; #",
  "unix:/run/docker.sock",
  "127.1",
  "0x7f000001",
  "2130706433",
  "fe80::1%eth0",
  "a b",
  "a;b",
  "",
  "$remote_addr",
  "127.0.0.1 backup",
];

test("apps with hostile vhosts are refused by name, and nginx reads just the honest ones", async (t) => {
  const bad = [...hostileStrings, ...exploits].map((vhost, at) => exposedApp({ name: `bad-${at}`, vhost }));
  const gateway = await openGateway(t, { apps: [shop, ...bad] });
  const app = await gateway.instance("shop-1.0.0");
  for (const { appId } of bad) gateway.cluster.apps.addInstance(appId, app.endpoint);
  await gateway.servedBy("shop.test", app);
  await names(gateway, bad, "vhost-refused");
  assert.deepEqual(serverNames(gateway), ["_", "_", "shop.test"]);
  assert.equal((await gateway.visit("evil.example.com", { path: "/pwn/etc/passwd" })).status, 503);
  assert.equal((await gateway.api("/v1/health")).status, 200);
});

test("instances with hostile hosts or impossible ports are left out by name", async (t) => {
  const bad = hosts.map((host, at) => exposedApp({ name: `host-${at}`, hosts: [exposedHost(80, { host })] }));
  const ports = [0, -1, 65_536, 70_000, 2 ** 31, 2 ** 53].map((port, at) =>
    exposedApp({ name: `port-${at}`, hosts: [exposedHost(port)] }),
  );
  const gateway = await openGateway(t, { apps: [shop, ...bad, ...ports] });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  await names(gateway, bad, "host-refused");
  await names(gateway, ports, "port-refused");
  const text = configAsNginxReadsIt(gateway);
  assert.deepEqual(
    text.match(/^\s*server \S+:\d+ /gm)?.map((line) => line.trim()),
    [`server 127.0.0.1:${app.endpoint.port}`],
  );
  for (const { vhost } of [...bad, ...ports]) assert.equal((await gateway.visit(vhost)).status, 503, vhost);
});

test("tags, ids and port types with injections reach no directive", async (t) => {
  const injection = '"; } } server { listen 83; } #\n$http_authorization\u0000';
  const tags = { protocol: injection, [injection]: "x", colour: "${HOME}" };
  const nasty = { ...exposedApp({ name: "nasty", tags }), appId: injection, appName: injection };
  const gateway = await openGateway(t, { apps: [nasty], template: shippedTemplate });
  const app = await gateway.instance("nasty-1.0.0", { unlisted: true });
  gateway.cluster.apps.addInstance(injection, { ...app.endpoint, portType: 'HTTP"; }' });
  await gateway.servedBy("nasty.test", app);
  assert.deepEqual(serverNames(gateway), ["_", "_", "nasty.test"]);
  const listens =
    configAsNginxReadsIt(gateway)
      .match(/^\s*listen [^;]+;/gm)
      ?.map((line) => line.trim()) ?? [];
  const own = [`${gateway.ports.proxy}`, `[::]:${gateway.ports.proxy}`, `127.0.0.1:${gateway.ports.status}`];
  assert.deepEqual(
    listens.filter((line) => !own.some((one) => line.startsWith(`listen ${one}`))),
    [],
  );
});

test("honest vhosts at the edge of the grammar are served", async (t) => {
  const label = "a".repeat(63);
  const longest = [label, label, label, "a".repeat(61)].join(".");
  const vhosts = ["xn--bcher-kva.test", "_dmarc.under_score.test", "1.test", "localhost", "a-b.c--d.test", longest];
  const apps = vhosts.map((vhost, at) => exposedApp({ name: `edge-${at}`, vhost }));
  const gateway = await openGateway(t, { apps });
  const app = await gateway.instance("edge-0-1.0.0");
  for (const { appId } of apps.slice(1)) gateway.cluster.apps.addInstance(appId, app.endpoint);
  for (const vhost of vhosts) await gateway.servedBy(vhost, app);
  assert.equal(longest.length, 253);
});

test("the same vhost of several apps is one server with the instances of all", async (t) => {
  const twins = ["Twin.Test", "twin.test.", "TWIN.test"].map((vhost, at) => exposedApp({ name: `twin-${at}`, vhost }));
  const gateway = await openGateway(t, { apps: twins });
  const apps = await Promise.all(twins.map(({ appId }) => gateway.instance(appId)));
  for (const app of apps) await gateway.servedBy("twin.test", app);
  assert.deepEqual(serverNames(gateway), ["_", "_", "twin.test"]);
});

test("an app cannot take the leader's vhost", async (t) => {
  const thief = exposedApp({ name: "thief", vhost: "DROVE.test" });
  const gateway = await openGateway(t, { apps: [thief], namespace: { leader_vhost: "drove.test" } });
  const app = await gateway.instance("thief-1.0.0");
  await names(gateway, [thief], "vhost-refused");
  assert.match((await gateway.visit("drove.test", { path: "/apis/v1/ping" })).body, /pong/);
  assert.equal(app.requests(), 0);
});

/** Waits until each app has a note with this code, and sees that the log has some of them. */
async function names(gateway: Gateway, apps: readonly ExposedApp[], code: string): Promise<void> {
  const wanted = apps.map((app) => app.appId).sort();
  await eventually(`noted as ${code}: ${wanted.join(" ")}`, async () => {
    const { notes } = JSON.parse((await gateway.api("/v1/config")).body) as { notes: readonly NoteShown[] };
    const noted = new Set(notes.filter((note) => note.code === code).map((note) => note.subject));
    return wanted.every((appId) => noted.has(appId));
  });
  const isTold = async () =>
    gateway
      .agent()
      .log()
      .some((line) => line["code"] === code && wanted.includes(String(line["app"])));
  await eventually(`the log tells of ${code}`, isTold);
}

interface NoteShown {
  readonly code: string;
  readonly subject: string;
}

function serverNames(gateway: Gateway): readonly string[] {
  const lines = configAsNginxReadsIt(gateway).match(/^\s*server_name .*;$/gm) ?? [];
  return lines.map((line) => line.replace(/^\s*server_name (.*);$/, "$1")).sort();
}

/** `nginx -T`: the configuration without what nginx takes for a comment. */
function configAsNginxReadsIt(gateway: Gateway): string {
  const { stdout, stderr, status } = spawnSync(nginxPath, ["-T", "-c", gateway.files.config], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /\[warn\] (?!.*"user" directive)/);
  return stdout.replaceAll(/^\s*#.*$/gm, "");
}

import assert from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { test } from "node:test";
import { makeCertificates } from "../fake/certificates.ts";
import type { DemoApp } from "../fake/demo-app.ts";
import { type ExposedApp, exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { freePorts } from "../image/support/free-ports.ts";
import { readText, root } from "../unit/examples/files.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { shippedTemplate } from "./support/config.ts";

/*
 * Each recipe of docs/cookbook.md that changes a template, applied to the shipped one and tried with nginx.
 */

const cookbook = readText("docs/cookbook.md");

test("sticky sessions: a client stays with its instance, others of the app do not matter", async (t) => {
  const apps = [exposedApp({ name: "stuck", tags: { sticky: "source" } }), exposedApp({ name: "free" })];
  const gateway = await openGateway(t, { apps });
  for (const name of ["stuck", "free"])
    for (let count = 0; count < 3; count += 1) await gateway.instance(`${name}-1.0.0`);
  await gateway.inStep();
  assert.equal((await instancesOf(gateway, "stuck.test", 20)).size, 1);
  assert.ok((await instancesOf(gateway, "free.test", 60)).size > 1);
});

test("header routing: the example's template sends the header's requests to the canary", async (t) => {
  const example = join(root, "examples", "own-template");
  const gateway = await openGateway(t, {
    apps: trackedApps(),
    namespace: { routing_tag: "track" },
    template: readText("examples/own-template/nginx.conf.eta"),
    prepare: (folder) => cp(join(example, "partials"), join(folder, "partials"), { recursive: true }),
  });
  const { stable, canary } = await startTracks(gateway);
  const asked = async (headers: Record<string, string>) =>
    (await gateway.visit("shop.test", { headers })).headers["x-instance-id"];
  for (let count = 0; count < 5; count += 1) {
    assert.equal(await asked({ "x-canary": "1" }), canary.instance);
    assert.equal(await asked({}), stable.instance);
  }
});

test("canary by tag: about one request of ten goes there", async (t) => {
  const [stable, canaryApp] = trackedApps();
  const apps = [{ ...stable, tags: { ...stable.tags, weight: "9" } }, canaryApp];
  const gateway = await openGateway(t, { apps });
  const { canary } = await startTracks(gateway);
  const seen: unknown[] = [];
  for (let count = 0; count < 300; count += 1) seen.push((await gateway.visit("shop.test")).headers["x-instance-id"]);
  const share = seen.filter((one) => one === canary.instance).length / seen.length;
  // Of 300 with one chance in ten: 30 ± 5.2. Eight of these to either side.
  assert.ok(share > 0 && share < 0.24, `${share}`);
});

test("WebSockets: an app says how long they may be silent, and nonsense is left out", async (t) => {
  const apps = [
    exposedApp({ name: "chat", tags: { "read-timeout": "3600" } }),
    exposedApp({ name: "odd", tags: { "read-timeout": "1; return 403" } }),
  ];
  const gateway = await openGateway(t, { apps, template: recipe("WebSockets") });
  await gateway.servedBy("chat.test", await gateway.instance("chat-1.0.0"));
  await gateway.servedBy("odd.test", await gateway.instance("odd-1.0.0"));
  await gateway.inStep();
  const text = await readFile(gateway.files.config, "utf8");
  assert.equal(text.match(/proxy_read_timeout 3600s;/g)?.length, 1);
  assert.doesNotMatch(text, /return 403/);
});

test("TLS termination: by the vhost of the certificate, 503 for others, and the app knows", async (t) => {
  const certificates = makeCertificates();
  const text = recipe("TLS termination");
  const tls = { port: 0 };
  const gateway = await openGateway(t, {
    apps: [exposedApp({ name: "shop" })],
    agent: "later",
    template: text,
    async prepare(path, ports) {
      tls.port = (await freePorts(5)).find((port) => !Object.values(ports).includes(port)) ?? 0;
      const folder = join(path, "tls");
      await mkdir(folder);
      await writeFile(join(folder, "fullchain.pem"), certificates.trusted.cert);
      await writeFile(join(folder, "key.pem"), certificates.trusted.key);
      const own = text.replaceAll("listen 443", `listen ${tls.port}`).replaceAll("/etc/drove-gateway/tls", folder);
      await writeFile(join(path, "template.eta"), own);
    },
  });
  const app = await gateway.instance("shop-1.0.0");
  gateway.startAgent();
  await gateway.servedBy("shop.test", app);
  const ask = (host: string) => askTls({ port: tls.port, host, ca: certificates.ca });
  const served = await eventually("served over TLS", async () => await ask("shop.test"));
  assert.equal(served.instance, app.instance);
  assert.equal((await ask("nobody.test")).status, 503);
});

test("rate limits: of the apps that ask for it", async (t) => {
  const apps = [exposedApp({ name: "limited", tags: { "rate-limit": "on" } }), exposedApp({ name: "open" })];
  const gateway = await openGateway(t, { apps, template: recipe("Rate limits") });
  await gateway.instance("limited-1.0.0");
  await gateway.instance("open-1.0.0");
  await gateway.inStep();
  const statuses = async (vhost: string) => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => gateway.visit(vhost)));
    return new Set(answers.map((answer) => answer.status));
  };
  assert.deepEqual(await statuses("open.test"), new Set([200]));
  assert.deepEqual(await statuses("limited.test"), new Set([200, 429]));
});

/** The shipped template with the changes of one recipe. */
function recipe(title: string): string {
  const [, section] = cookbook.split(new RegExp(`^## ${title}\n`, "m"));
  const [own = ""] = (section ?? "").split(/^## /m);
  const changes = [...own.matchAll(/^```diff\n([\s\S]*?)^```$/gm)].map((match) =>
    (match[1] ?? "").trimEnd().split("\n"),
  );
  assert.ok(changes.length > 0, `no change in ${title}`);
  return changes.reduce((text, lines) => {
    const side = (other: string) => lines.filter((line) => !line.startsWith(other)).map((line) => line.slice(1));
    const before = `${side("+").join("\n")}\n`;
    assert.equal(text.split(before).length, 2, `stands once in the shipped template:\n${before}`);
    return text.replace(before, () => `${side("-").join("\n")}\n`);
  }, shippedTemplate);
}

/** Two apps under one vhost, one of them the canary. */
function trackedApps(): readonly [ExposedApp, ExposedApp] {
  const stable = exposedApp({ name: "shop", tags: { track: "stable" } });
  return [stable, { ...exposedApp({ name: "canary", tags: { track: "canary" } }), vhost: stable.vhost }];
}

async function startTracks(gateway: Gateway): Promise<{ readonly stable: DemoApp; readonly canary: DemoApp }> {
  const stable = await gateway.instance("shop-1.0.0");
  const canary = await gateway.instance("canary-1.0.0");
  await gateway.inStep();
  return { stable, canary };
}

async function instancesOf(gateway: Gateway, vhost: string, count: number): Promise<ReadonlySet<unknown>> {
  const seen = new Set<unknown>();
  for (let index = 0; index < count; index += 1) seen.add((await gateway.visit(vhost)).headers["x-instance-id"]);
  return seen;
}

/** One HTTPS request, whatever name the certificate is for; it must be signed by the authority. */
function askTls({ port, host, ca }: { readonly port: number; readonly host: string; readonly ca: string }) {
  return new Promise<{ readonly status: number | undefined; readonly instance: unknown }>((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port,
      servername: host,
      ca,
      headers: { host },
      checkServerIdentity: () => undefined,
    };
    const asked = request(options, (answer) => {
      answer.resume();
      answer.on("end", () => resolve({ status: answer.statusCode, instance: answer.headers["x-instance-id"] }));
    });
    asked.on("error", reject).end();
  });
}

import assert from "node:assert/strict";
import { watch } from "node:fs";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { DemoApp } from "../fake/demo-app.ts";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { type HaproxyGateway, openHaproxyGateway } from "./haproxy-gateway.ts";
import { hiddenFiles } from "./support/files.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";
import { openRelay, type Relay } from "./support/relay.ts";

/*
 * The agent is killed at each step of what it does to HAProxy. Whatever the step: no request is lost, and the agent
 * that comes after it brings everything in step and leaves nothing behind.
 */

const shipped = join(import.meta.dirname, "..", "..", "templates", "haproxy");
const shop = exposedApp({ name: "shop" });

interface Trapped {
  readonly gateway: HaproxyGateway;
  readonly stats: Relay;
  readonly master: Relay;
  readonly first: DemoApp;
}

/** A gateway whose agent reaches HAProxy through relays, and whose check of a config can kill the agent that asked. */
async function openTrapped(t: TestContext, program: string): Promise<Trapped> {
  const gateway = await openHaproxyGateway(t, { program, apps: [shop], agent: "later" });
  const { folder, stats: socket, master: masterSocket } = gateway.haproxy().files;
  const stats = await openRelay(t, { path: join(folder, "relay.sock"), target: socket });
  const master = await openRelay(t, { path: join(folder, "relay-master.sock"), target: masterSocket });
  const template = join(gateway.folder, "relayed.eta");
  const text = await readFile(join(shipped, "haproxy.cfg.eta"), "utf8");
  await writeFile(template, text.replaceAll("it.HaproxySocketAddr", JSON.stringify(socket)));
  await cp(join(shipped, "partials"), join(gateway.folder, "partials"), { recursive: true });
  await gateway.configure({
    haproxysocketaddr: stats.path,
    haproxy_master_socket: master.path,
    haproxy_template: template,
    haproxy_cmd: await trappedCommand(gateway, program),
  });
  gateway.startAgent();
  await gateway.ready();
  const first = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", first);
  await gateway.turned();
  return { gateway, stats, master, first };
}

async function trappedCommand({ folder }: HaproxyGateway, program: string): Promise<string> {
  const path = join(folder, "trapped");
  const lines = [
    "#!/bin/sh",
    `sprung() { [ "$(cat ${folder}/trap 2>/dev/null)" = "$1" ] && mv ${folder}/trap ${folder}/trap.sprung; }`,
    "if sprung before-check; then kill -9 $PPID; exit 1; fi",
    `${program} "$@"`,
    "code=$?",
    "if sprung after-check; then kill -9 $PPID; fi",
    "exit $code",
    "",
  ];
  await writeFile(path, lines.join("\n"), { mode: 0o755 });
  return path;
}

/** Kills the agent as soon as a command like this is on its way to HAProxy, before it gets there. */
function killAt({ gateway }: Trapped, { relay, command }: { readonly relay: Relay; readonly command: string }): void {
  relay.onCommands = (text) => {
    if (text.includes(command)) gateway.agent().signal("SIGKILL");
  };
}

/** Kills the agent as soon as a file of this name appears beside the config. */
function killAtFile({ gateway }: Trapped, name: RegExp): void {
  const watcher = watch(gateway.haproxy().files.folder, (_, changed) => {
    if (changed === null || !name.test(changed)) return;
    gateway.agent().signal("SIGKILL");
    watcher.close();
  });
}

/** A vhost more: that takes a reload. */
async function addVhost({ gateway }: Trapped): Promise<void> {
  gateway.cluster.apps.add(exposedApp({ name: "blog" }));
  await gateway.instance("blog-1.0.0");
}

/** An instance more, which takes no reload. */
async function addInstance({ gateway }: Trapped): Promise<void> {
  await gateway.instance("shop-1.0.0");
}

/** Another instance in the place of the first. */
async function replaceInstance({ gateway, first }: Trapped): Promise<void> {
  const second = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", second);
  gateway.cluster.apps.kill("shop-1.0.0", first.endpoint);
}

interface Case {
  readonly set: (trapped: Trapped) => Promise<void> | void;
  readonly change: (trapped: Trapped) => Promise<void>;
}

const trap =
  (name: string) =>
  ({ gateway }: Trapped) =>
    writeFile(join(gateway.folder, "trap"), `${name}\n`);
const atStats = (command: string) => (all: Trapped) => killAt(all, { relay: all.stats, command });

const cases: Readonly<Record<string, Case>> = {
  "when the new config is staged": { set: (all) => killAtFile(all, /^\.haproxy\.cfg\.tmp-/), change: addVhost },
  "when the first file that the config refers to is staged": {
    set: (all) => killAtFile(all, /^\.hosts-.*tmp-/),
    change: addVhost,
  },
  "when such a file is there": { set: (all) => killAtFile(all, /^hosts-/), change: addVhost },
  "before HAProxy checks": { set: trap("before-check"), change: addVhost },
  "when HAProxy has checked": { set: trap("after-check"), change: addVhost },
  "when the former config has its second name": { set: (all) => killAtFile(all, /\.previous$/), change: addVhost },
  "when the new config is promoted": { set: (all) => killAtFile(all, /^haproxy\.cfg$/), change: addVhost },
  "before the reload reaches HAProxy": {
    set: (all) => killAt(all, { relay: all.master, command: "reload" }),
    change: addVhost,
  },
  "before an instance is added": { set: atStats("add server"), change: addInstance },
  "before an added instance is enabled": { set: atStats("state ready"), change: addInstance },
  "before a leaving instance is taken out": { set: atStats("state maint"), change: replaceInstance },
  "before an instance that has left is deleted": { set: atStats("del server"), change: replaceInstance },
};

for (const { name, program } of haproxyVersions) {
  describe(`the agent beside HAProxy ${name} is killed`, () => {
    for (const [when, { set, change }] of Object.entries(cases)) {
      test(when, async (t) => {
        const trapped = await openTrapped(t, program);
        const { gateway, stats, master } = trapped;
        const load = gateway.load("shop.test");
        await set(trapped);
        await change(trapped);
        await eventually("the agent is killed", async () => gateway.agent().hasEnded());
        for (const relay of [stats, master]) relay.onCommands = () => undefined;
        await recovers(gateway);
        assert.deepEqual((await load.stop()).failures, []);
      });
    }
  });
}

async function recovers(gateway: HaproxyGateway): Promise<void> {
  gateway.startAgent();
  await gateway.ready();
  for (const { vhost, hosts } of gateway.cluster.apps.list()) {
    await gateway.hasServers(
      vhost,
      hosts.map((host) => host.port),
    );
    await gateway.answers(vhost, 200);
  }
  await gateway.turned();
  assert.equal((await gateway.api("/v1/health")).status, 200);
  const { folder } = gateway.haproxy().files;
  assert.deepEqual(await hiddenFiles(folder), []);
  // One generation of the files that the config refers to, its own.
  const text = await gateway.file();
  const others = (await readdir(folder)).filter((file) => file.endsWith(".map"));
  assert.ok(others.length > 0 && others.every((file) => text.includes(file)), others.join(" "));
}

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { openHaproxyGateway } from "./haproxy-gateway.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { hiddenFiles, scriptIn } from "./support/files.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";
import { openRelay } from "./support/relay.ts";

/*
 * The proxy is killed in the middle of an apply, alone or with the agent. What starts next serves a whole config, and
 * everything comes in step.
 */

const shop = exposedApp({ name: "shop" });

/** A gateway whose nginx_cmd waits at a call, while a file says so. */
async function openWithPause(t: TestContext): Promise<Gateway> {
  const gateway = await openGateway(t, { apps: [shop], agent: "later" });
  const at = (name: string) => join(gateway.folder, name);
  const wrapper = await scriptIn(gateway.folder, "pausing", [
    'case "$*" in *reload*) call=reload;; *-t*) call=check;; *) call=other;; esac',
    `if [ -e ${at("pause-")}$call ]; then : >${at("paused")}; while [ -e ${at("pause-")}$call ]; do sleep 0.05; done; fi`,
    `nginx -c ${gateway.files.config} "$@"`,
  ]);
  await gateway.configure({ nginx_cmd: wrapper });
  gateway.startAgent();
  await gateway.ready();
  await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  return gateway;
}

/** Makes a change, and returns when the agent waits for this call. */
async function pauseAt(gateway: Gateway, call: "check" | "reload"): Promise<() => Promise<void>> {
  const pause = join(gateway.folder, `pause-${call}`);
  await writeFile(pause, "");
  await gateway.instance("shop-1.0.0");
  await eventually("the agent is there", async () => existsSync(join(gateway.folder, "paused")), { everyMs: 10 });
  return () => rm(pause);
}

for (const call of ["check", "reload"] as const) {
  test(`nginx killed at the ${call} comes back with a whole config, and is brought in step`, async (t) => {
    const gateway = await openWithPause(t);
    const goOn = await pauseAt(gateway, call);
    await gateway.nginx().kill();
    await gateway.startNginx();
    assert.equal((await gateway.visit("shop.test")).status, 200);
    await goOn();
    await isInStep(gateway);
  });

  test(`nginx and the agent killed at the ${call} come back in step`, async (t) => {
    const gateway = await openWithPause(t);
    const goOn = await pauseAt(gateway, call);
    gateway.agent().signal("SIGKILL");
    await Promise.all([gateway.nginx().kill(), gateway.agent().ended]);
    await goOn();
    await gateway.startNginx();
    assert.equal((await gateway.visit("shop.test")).status, 200);
    gateway.startAgent();
    await isInStep(gateway);
  });

  test(`nginx killed at the ${call} and gone for long: the agent waits for it`, async (t) => {
    const gateway = await openWithPause(t);
    const goOn = await pauseAt(gateway, call);
    await gateway.nginx().kill();
    await goOn();
    await gateway.turned();
    await gateway.startNginx();
    assert.equal((await gateway.visit("shop.test")).status, 200);
    await isInStep(gateway);
  });

  test(`a worker of nginx killed at the ${call} holds nothing up`, async (t) => {
    const gateway = await openWithPause(t);
    const goOn = await pauseAt(gateway, call);
    for (const worker of await gateway.nginx().workers()) process.kill(worker, "SIGKILL");
    await goOn();
    await isInStep(gateway);
  });
}

for (const { name, program } of haproxyVersions) {
  for (const dies of ["alone", "with the agent"] as const) {
    test(`HAProxy ${name} killed ${dies} as a reload reaches it comes back in step`, async (t) => {
      const gateway = await openHaproxyGateway(t, { program, apps: [shop], agent: "later" });
      const { folder, master } = gateway.haproxy().files;
      const relay = await openRelay(t, { path: join(folder, "relay.sock"), target: master });
      await gateway.configure({ haproxy_master_socket: relay.path });
      gateway.startAgent();
      await gateway.ready();
      const app = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", app);
      const killed = Promise.withResolvers<void>();
      relay.onCommands = (text) => {
        if (!text.includes("reload")) return;
        relay.onCommands = () => undefined;
        if (dies === "with the agent") gateway.agent().signal("SIGKILL");
        gateway.haproxy().kill().then(killed.resolve, killed.reject);
      };
      gateway.cluster.apps.add(exposedApp({ name: "blog", hosts: [app.endpoint] }));
      await killed.promise;
      await gateway.startHaproxy();
      assert.equal((await gateway.visit("shop.test")).status, 200);
      if (dies === "with the agent") gateway.startAgent();
      await gateway.answers("blog.test", 200);
      await gateway.hasServers("shop.test", [app.endpoint.port]);
      await eventually("all is well", async () => (await gateway.api("/v1/health")).status === 200);
      await eventually("nothing is left", async () => (await hiddenFiles(folder)).length === 0);
    });
  }
}

async function isInStep(gateway: Gateway): Promise<void> {
  await gateway.inStep();
  await eventually("all is well", async () => (await gateway.api("/v1/health")).status === 200);
  for (const host of gateway.cluster.apps.list().flatMap((app) => app.hosts)) {
    const reached = async () => (await gateway.visit("shop.test")).headers["x-instance-id"] === String(host.port);
    await eventually(`${host.port} is reached`, reached, { everyMs: 5 });
  }
  assert.deepEqual(await hiddenFiles(gateway.folder), []);
}

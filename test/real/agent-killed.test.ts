import assert from "node:assert/strict";
import { once } from "node:events";
import { watch } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { hiddenFiles, scriptIn } from "./support/files.ts";

/*
 * The agent is killed in the middle of an apply. Whatever the moment: no request is lost, and the agent that comes
 * after it brings everything in step and leaves nothing behind.
 */

const shop = exposedApp({ name: "shop" });

/** Steps of an apply at which the agent's own call of nginx can kill it. */
const steps = {
  "after the new file is staged": { trap: "before-check", leaves: [/^\.nginx\.conf\.tmp-/] },
  "when nginx has checked it": { trap: "after-check", leaves: [/^\.nginx\.conf\.tmp-/] },
  "after it is promoted, before the reload": { trap: "before-reload", leaves: [/^\.nginx\.conf\.previous$/] },
  "after the reload, before the proof": { trap: "after-reload", leaves: [/^\.nginx\.conf\.previous$/] },
} as const;

for (const [when, { trap, leaves }] of Object.entries(steps)) {
  test(`killed ${when}`, async (t) => {
    const gateway = await openWithTrap(t);
    const load = gateway.load("shop.test");
    await arm(gateway, trap);
    const second = await gateway.instance("shop-1.0.0");
    assert.equal(await gateway.agent().ended, "SIGKILL");
    const left = await hiddenFiles(gateway.folder);
    assert.ok(left.length === leaves.length && leaves.every((one, at) => one.test(left[at] ?? "")), left.join(" "));

    await recovers(gateway);
    await gateway.servedBy("shop.test", second);
    assert.deepEqual((await load.stop()).failures, []);
  });
}

test("killed after the proof, before the former file is forgotten", async (t) => {
  const gateway = await openWithTrap(t);
  const load = gateway.load("shop.test");
  const old = await gateway.nginx().workers();
  await arm(gateway, "stop-at-reload");
  const second = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", second);
  await eventually("the old workers are gone", async () => {
    return !(await gateway.nginx().workers()).some((pid) => old.includes(pid));
  });
  gateway.agent().signal("SIGKILL");
  assert.equal(await gateway.agent().ended, "SIGKILL");
  assert.deepEqual(await hiddenFiles(gateway.folder), [".nginx.conf.previous"]);

  await recovers(gateway);
  assert.deepEqual((await load.stop()).failures, []);
});

test("killed after it is promoted, and the change is taken back before it returns", async (t) => {
  const gateway = await openWithTrap(t);
  const load = gateway.load("shop.test");
  await arm(gateway, "before-reload");
  const second = await gateway.instance("shop-1.0.0");
  await gateway.agent().ended;
  gateway.cluster.apps.kill("shop-1.0.0", second.endpoint);
  await recovers(gateway);
  assert.deepEqual((await load.stop()).failures, []);
  assert.equal(second.requests(), 0);
});

const moments = {
  "the staged file": /^\.nginx\.conf\.tmp-/,
  "the former file's second name": /^\.nginx\.conf\.previous$/,
  "the new file": /^nginx\.conf$/,
};

for (const [what, name] of Object.entries(moments)) {
  test(`killed as soon as ${what} appears, with nginx reloaded by signal`, async (t) => {
    const gateway = await openGateway(t, { apps: [shop] });
    await gateway.instance("shop-1.0.0");
    await gateway.inStep();
    const load = gateway.load("shop.test");
    const watcher = watch(gateway.folder, (_, changed) => {
      if (changed !== null && name.test(changed)) gateway.agent().signal("SIGKILL");
    });
    const second = await gateway.instance("shop-1.0.0");
    assert.equal(await gateway.agent().ended, "SIGKILL");
    watcher.close();

    await recovers(gateway);
    await gateway.servedBy("shop.test", second);
    assert.deepEqual((await load.stop()).failures, []);
  });
}

test("killed again and again at any moment", async (t) => {
  const gateway = await openGateway(t, { apps: [shop] });
  await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  const load = gateway.load("shop.test");
  for (let round = 0; round < 5; round++) {
    const watcher = watch(gateway.folder);
    const changed = once(watcher, "change");
    await gateway.instance("shop-1.0.0");
    await changed;
    watcher.close();
    gateway.agent().signal("SIGKILL");
    await gateway.agent().ended;
    gateway.startAgent();
  }
  await gateway.inStep();
  assert.deepEqual(await hiddenFiles(gateway.folder), []);
  assert.deepEqual((await load.stop()).failures, []);
});

/** A gateway whose nginx_cmd kills the agent that called it, once, at the armed moment. */
async function openWithTrap(t: TestContext): Promise<Gateway> {
  const gateway = await openGateway(t, { apps: [shop], agent: "later" });
  const trap = join(gateway.folder, "trap");
  const wrapper = await scriptIn(gateway.folder, "trapped", [
    `sprung() { [ "$(cat ${trap} 2>/dev/null)" = "$1" ] && mv ${trap} ${trap}.sprung; }`,
    'case "$*" in *reload*) call=reload;; *-t*) call=check;; *) call=other;; esac',
    'if sprung "before-$call"; then kill -9 $PPID; exit 1; fi',
    'if sprung "stop-at-$call"; then kill -STOP $PPID; fi',
    `nginx -c ${gateway.files.config} "$@"`,
    "code=$?",
    'if sprung "after-$call"; then kill -9 $PPID; fi',
    "exit $code",
  ]);
  await gateway.configure({ nginx_cmd: wrapper });
  gateway.startAgent();
  await gateway.ready();
  await gateway.instance("shop-1.0.0");
  await gateway.inStep();
  return gateway;
}

async function arm(gateway: Gateway, trap: string): Promise<void> {
  await writeFile(join(gateway.folder, "trap"), `${trap}\n`);
}

async function recovers(gateway: Gateway): Promise<void> {
  gateway.startAgent();
  await gateway.ready();
  await gateway.inStep();
  assert.deepEqual(await hiddenFiles(gateway.folder), []);
  assert.equal((await gateway.api("/v1/health")).status, 200);
}

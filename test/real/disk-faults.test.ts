import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { openHaproxyGateway } from "./haproxy-gateway.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { type Disk, mountDisk } from "./support/disk.ts";
import { hiddenFiles } from "./support/files.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";
import { openRelay } from "./support/relay.ts";

/*
 * The disk is full, or read-only, or the agent has no file descriptor left; and an agent that is killed meanwhile starts
 * on the same disk. Traffic goes on, no half file is served, the cause is told, and when it has passed everything comes
 * in step by itself, with nothing left behind.
 */

const shipped = join(import.meta.dirname, "..", "..", "templates", "haproxy");
const shop = exposedApp({ name: "shop" });
const quick = { everyMs: 50, deadlineMs: 60_000 };

interface Place {
  readonly gateway: Gateway;
  readonly disk: Disk;
  readonly configFile: string;
  readonly folder: string;
}

const newestHaproxy = haproxyVersions.at(-1)?.program ?? "haproxy";

/** State that could not be saved is saved again when all is asked for again. */
const settings = { full_resync_interval_sec: 2 };

/** A gateway with all its files on a small disk of its own. */
async function openOnDisk(t: TestContext, platform: "nginx" | "haproxy"): Promise<Place> {
  const home = await mkdtemp(join(tmpdir(), "disk-"));
  const disk = await mountDisk(home);
  const hooks: (() => unknown)[] = [];
  t.after(async () => {
    for (const hook of hooks) await hook();
    disk.unmount();
    await rm(home, { recursive: true, force: true });
  });
  const inside = { after: (hook: unknown) => void hooks.push(hook as () => unknown) };
  const usual = process.env["TMPDIR"];
  process.env["TMPDIR"] = disk.path;
  try {
    if (platform === "nginx") {
      const gateway = await openGateway(inside, { apps: [shop], settings });
      return { gateway, disk, configFile: gateway.files.config, folder: gateway.folder };
    }
    const gateway = await openHaproxyGateway(inside, { apps: [shop], settings, program: newestHaproxy });
    const { config, folder } = gateway.haproxy().files;
    return { gateway, disk, configFile: config, folder };
  } finally {
    if (usual === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = usual;
  }
}

/** A way in which the agent cannot write, and its end. */
interface Fault {
  readonly begin: (place: Place) => Promise<void>;
  readonly end: (place: Place) => Promise<void>;
  readonly told: RegExp;
}

const faults: Readonly<Record<string, Fault>> = {
  "a full disk": {
    begin: ({ disk }) => disk.fill(),
    end: ({ disk }) => disk.free(),
    told: /ENOSPC|no space left/i,
  },
  "a read-only folder": {
    begin: async ({ disk, folder }) => disk.forbid(folder),
    end: async ({ disk, folder }) => disk.allow(folder),
    told: /EROFS|read-only/i,
  },
};

for (const platform of ["nginx", "haproxy"] as const) {
  describe(`${platform} on`, { skip: process.getuid?.() !== 0 && "only root may mount a disk" }, () => {
    for (const [what, { begin, end, told }] of Object.entries(faults)) {
      test(`${what}: traffic goes on, it is told, and it passes`, async (t) => {
        const place = await openOnDisk(t, platform);
        const { gateway } = place;
        const first = await gateway.instance("shop-1.0.0");
        await gateway.servedBy("shop.test", first);
        await gateway.turned();
        const load = gateway.load("shop.test");
        const before = await readFile(place.configFile, "utf8");
        await begin(place);
        // A vhost more takes a new file with either proxy.
        gateway.cluster.apps.add(exposedApp({ name: "blog", hosts: [first.endpoint] }));
        const health = async () => (await gateway.api("/v1/health")).body;
        await eventually("it is told", async () => told.test(await health()), quick);
        assert.equal(await readFile(place.configFile, "utf8"), before);

        gateway.agent().signal("SIGKILL");
        await gateway.agent().ended;
        gateway.startAgent();
        await eventually("the next agent tells it as well", async () => told.test(await health()), quick);
        assert.equal(await readFile(place.configFile, "utf8"), before);

        await end(place);
        await settles(place);
        assert.deepEqual((await load.stop()).failures, []);
      });
    }

    test("an agent without a file descriptor left: traffic goes on, and it passes", async (t) => {
      const place = await openOnDisk(t, platform);
      const { gateway } = place;
      const first = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", first);
      await gateway.turned();
      const load = gateway.load("shop.test");
      const { pid } = gateway.agent();
      const limit = (count: number) => execFileSync("prlimit", ["--pid", String(pid), `--nofile=${count}:`]);
      const usual = Number(/^Max open files\s+(\d+)/m.exec(await readFile(`/proc/${pid}/limits`, "utf8"))?.[1]);
      limit((await readdir(`/proc/${pid}/fd`)).length);
      gateway.cluster.apps.add(exposedApp({ name: "blog", hosts: [first.endpoint] }));
      await gateway.agent().says("not applied", (line) => /EMFILE|too many open files/i.test(JSON.stringify(line)));
      limit(usual);
      await settles(place);
      assert.deepEqual((await load.stop()).failures, []);
    });
  });
}

test("a folder that becomes read-only just before a reload does not end HAProxy", {
  skip: process.getuid?.() !== 0 && "only root may mount a disk",
}, async (t) => {
  const place = await openOnDisk(t, "haproxy");
  const { gateway, disk, folder, configFile } = place;
  const relay = await openRelay(t, {
    path: join(tmpdir(), `relay-${process.pid}.sock`),
    target: join(folder, "stats.sock"),
  });
  const template = join(gateway.folder, "relayed.eta");
  const text = await readFile(join(shipped, "haproxy.cfg.eta"), "utf8");
  await writeFile(template, text.replaceAll("it.HaproxySocketAddr", JSON.stringify(join(folder, "stats.sock"))));
  await cp(join(shipped, "partials"), join(gateway.folder, "partials"), { recursive: true });
  await gateway.configure({ ...settings, haproxysocketaddr: relay.path, haproxy_template: template });
  const first = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", first);
  await gateway.turned();
  const load = gateway.load("shop.test");
  let forbidden = false;
  // The last that the agent asks before it reloads is which worker answers.
  relay.onCommands = () => {
    if (forbidden || !existsSync(join(folder, `.${basename(configFile)}.previous`))) return;
    forbidden = true;
    disk.forbid(folder);
  };
  gateway.cluster.apps.add(exposedApp({ name: "blog", hosts: [first.endpoint] }));
  await gateway.agent().says("not applied", (line) => /is read-only|EROFS/.test(JSON.stringify(line)));
  assert.ok(forbidden);
  assert.equal((await gateway.visit("shop.test")).status, 200);
  disk.allow(folder);
  await settles(place);
  assert.deepEqual((await load.stop()).failures, []);
});

async function settles({ gateway, folder }: Place): Promise<void> {
  await eventually("the change is served", async () => (await gateway.visit("blog.test")).status === 200, quick);
  const isWell = async () => {
    const { status, body } = await gateway.api("/v1/health");
    if (status !== 200) throw new Error(body);
    return true;
  };
  await eventually("all is well", isWell, quick);
  assert.deepEqual(await hiddenFiles(folder), []);
}

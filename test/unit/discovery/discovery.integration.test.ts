import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { inspect } from "node:util";
import { createWake, systemClock } from "../../../agent/clock.ts";
import { createDiscovery, type Discovery } from "../../../agent/discovery/discovery.ts";
import { type Cluster, type ClusterOptions, startCluster } from "../../fake/drove-cluster.ts";
import { exposedApp, exposedHost } from "../../fake/exposed-app.ts";
import { configOf } from "../drove/config.ts";
import { createRecorder } from "./recorder.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const app = exposedApp({ name: "shop", hosts: [exposedHost(31_000)] });
const fast = {
  event_refresh_interval_sec: 0.1,
  startup_controller_sync_retry_delay_sec: 0,
  full_resync_interval_sec: 60,
};

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "discovery-"));
  cleanups.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function clusterOf(options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = await startCluster({ controllers: 2, apps: [app], ...options });
  cleanups.push(cluster.stop);
  return cluster;
}

/** A running discovery of these clusters. `until` waits for a fact about it, which only a snapshot or a poll can change. */
function discover(clusters: Readonly<Record<string, Cluster>>, extra: Readonly<Record<string, unknown>> = {}) {
  const clock = systemClock();
  const wake = createWake(clock);
  const recorder = createRecorder();
  const discovery = createDiscovery({ clock, logger: recorder.log, wake, observer: recorder.observer });
  const namespaces = Object.entries(clusters).map(([name, { urls }]) => ({ name, drove: urls }));
  const stop = new AbortController();
  discovery.start(configOf({ ...fast, namespaces, state_persistence_enabled: false, ...extra }), stop.signal);
  cleanups.push(discovery.stop);
  return { discovery, recorder, wake, until: (fact: () => boolean) => until(fact), stop };
}

async function until(fact: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!fact()) {
    assert.ok(performance.now() < deadline, "not so within 5 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const hosts = (discovery: Discovery) => discovery.snapshots()[0]?.apps[0]?.hosts.length;

test("a change at the controllers arrives; polls without one bring nothing", async () => {
  const cluster = await clusterOf();
  const { discovery, wake, stop } = discover({ blue: cluster });
  await discovery.settled(stop.signal);
  assert.deepEqual(discovery.snapshots()[0]?.apps, [{ ...app, tags: {} }]);
  const scaled = wake.wait(stop.signal).then(() => wake.wait(stop.signal));
  cluster.apps.scale(app.appId, 5);
  await scaled;
  assert.equal(hosts(discovery), 5);
  const lists = () => cluster.requests().filter(({ call }) => call === "endpoints").length;
  await cluster.waitFor((seen) => seen.length > 20);
  assert.ok(lists() <= 4, `${lists()} lists`);
  const connections = new Set(cluster.requests().flatMap((one) => (one.controller === 0 ? one.connection : [])));
  assert.deepEqual(connections, new Set([1]));
});

test("a new leader with a clock far behind is followed without losing an event", async () => {
  const cluster = await clusterOf();
  const { discovery, until, stop } = discover({ blue: cluster });
  await discovery.settled(stop.signal);
  cluster.apps.scale(app.appId, 2);
  await until(() => hosts(discovery) === 2);
  cluster.controller(1).skewClock(-3_600_000);
  cluster.electLeader(1);
  cluster.apps.scale(app.appId, 3);
  await until(() => discovery.snapshots()[0]?.leader?.endpoint === cluster.urls[1] && hosts(discovery) === 3);
  cluster.apps.scale(app.appId, 4);
  await until(() => hosts(discovery) === 4);
});

test("the leader's clock going back is followed too", async () => {
  const cluster = await clusterOf({ controllers: 1 });
  const { discovery, until, stop } = discover({ blue: cluster });
  await discovery.settled(stop.signal);
  cluster.apps.scale(app.appId, 2);
  await until(() => hosts(discovery) === 2);
  await cluster.controller(0).stop();
  await cluster.controller(0).start();
  cluster.controller(0).skewClock(-60_000);
  cluster.apps.scale(app.appId, 3);
  await until(() => hosts(discovery) === 3);
});

test("two events in one millisecond, of which one was told before the other: the list is right one poll later", async () => {
  const time = { now: 1_700_000_000_000 };
  const cluster = await clusterOf({ controllers: 1, now: () => time.now });
  const { discovery, until, stop } = discover({ blue: cluster });
  await discovery.settled(stop.signal);
  time.now += 1;
  cluster.apps.scale(app.appId, 2);
  await until(() => hosts(discovery) === 2);
  cluster.apps.scale(app.appId, 3);
  await until(() => hosts(discovery) === 3);
});

test("what no event tells is found by the resync, and at once on an operator's word", async () => {
  const cluster = await clusterOf();
  const { discovery, until, stop, recorder } = discover({ blue: cluster }, { full_resync_interval_sec: 1 });
  await discovery.settled(stop.signal);
  cluster.quietly((apps) => apps.scale(app.appId, 2));
  await until(() => hosts(discovery) === 2);
  assert.equal(recorder.count("eventsMissed"), 1);
  cluster.quietly((apps) => apps.scale(app.appId, 3));
  discovery.resync();
  await until(() => hosts(discovery) === 3);
});

test("whatever a controller does wrong, its namespace keeps its state and heals; the other does not notice", async () => {
  const [cluster, other] = [await clusterOf({ controllers: 1 }), await clusterOf({ controllers: 1 })];
  const { discovery, until, stop } = discover(
    { blue: cluster, green: other },
    { api_timeout: 0.5, max_response_mb: 1 },
  );
  await discovery.settled(stop.signal);
  const faults = [
    { kind: "hang" },
    { kind: "drip", everyMs: 50 },
    { kind: "close-mid-body" },
    { kind: "reset" },
    { kind: "garbage" },
    { kind: "wrong-envelope", envelope: "data-object" },
    { kind: "wrong-envelope", envelope: "failed" },
    { kind: "huge", megabytes: 2, length: "chunked" },
    { kind: "status", code: 500 },
    { kind: "unauthorized" },
    { kind: "redirect", to: "http://elsewhere.test" },
  ] as const;
  for (const fault of faults) {
    cluster.controller(0).fault(fault);
    discovery.resync();
    await until(() => discovery.status()[0]?.healthy === false);
    assert.equal(hosts(discovery), 1);
    await until(() => discovery.status()[1]?.healthy === true);
    cluster.controller(0).mend();
    discovery.resync();
    await until(() => discovery.status()[0]?.healthy === true);
  }
});

test("apps that cannot be read are notes with namespace and appId; the others are served", async () => {
  const cluster = await clusterOf({ controllers: 1 });
  cluster.controller(0).fault({ kind: "wrong-apps", apps: [{ appId: "bad-1" }] }, { on: ["endpoints"] });
  const { discovery, stop } = discover({ blue: cluster });
  await discovery.settled(stop.signal);
  const [snapshot] = discovery.snapshots();
  assert.deepEqual(
    snapshot?.apps.map(({ appId }) => appId),
    [app.appId],
  );
  assert.deepEqual(
    snapshot?.notes.map(({ code, subject, namespace }) => ({ code, subject, namespace })),
    [{ code: "app-malformed", subject: "bad-1", namespace: "blue" }],
  );
});

test("an agent that starts while controllers are away goes on from disk, and says so, until they are back", async () => {
  const cluster = await clusterOf({ controllers: 1 });
  const persistence = { state_persistence_enabled: true, state_persistence_dir: await directory() };
  const before = discover({ blue: cluster }, persistence);
  await before.discovery.settled(before.stop.signal);
  const [snapshot] = before.discovery.snapshots();
  await before.discovery.stop();
  assert.deepEqual(await readdir(persistence.state_persistence_dir), ["blue.json"]);

  await cluster.controller(0).stop();
  const { discovery, recorder, stop, until } = discover({ blue: cluster }, persistence);
  await discovery.settled(stop.signal);
  assert.deepEqual(discovery.snapshots(), [{ ...snapshot, source: "disk" }]);
  const [status] = discovery.status();
  assert.deepEqual(
    [status?.healthy, status?.usingFreshState, status?.dataFromDisk, status?.lastUpdated],
    [false, false, true, snapshot?.fetchedAt],
  );
  assert.deepEqual(recorder.takeLines(), ["warn controllers give no state", "warn starting from saved state"]);
  await cluster.controller(0).start();
  await until(() => discovery.status()[0]?.usingFreshState === true);
  assert.equal(discovery.snapshots()[0]?.source, "controller");
});

test("an agent that restarts while controllers have lost their data is not one that never had any", async () => {
  const apps = Array.from({ length: 4 }, (_, index) => exposedApp({ name: `v${index}`, hosts: [exposedHost(31_000)] }));
  const cluster = await clusterOf({ controllers: 1, apps });
  const persistence = { state_persistence_enabled: true, state_persistence_dir: await directory() };
  const saved = async () => {
    const text = await readFile(join(persistence.state_persistence_dir, "blue.json"), "utf8");
    return (JSON.parse(text) as { apps: readonly unknown[] }).apps.length;
  };
  const before = discover({ blue: cluster }, persistence);
  await before.discovery.settled(before.stop.signal);
  await before.discovery.stop();
  cluster.controller(0).fault({ kind: "lost-apps", keep: 0 });

  for (const run of ["first", "second"]) {
    const { discovery, recorder, stop } = discover({ blue: cluster }, persistence);
    await discovery.settled(stop.signal);
    assert.equal(discovery.snapshots()[0]?.apps.length, 4, `${run} run`);
    assert.deepEqual(discovery.status()[0]?.held?.vhosts, { lost: 4, of: 4 });
    assert.equal(recorder.takeLines().filter((line) => /takes too much away/.test(line)).length, 1);
    await discovery.stop();
    assert.equal(await saved(), 4, "what is held stays on disk");
  }
  const { discovery, stop, until } = discover({ blue: cluster }, { ...persistence, guard_confirm_sec: 0.2 });
  await discovery.settled(stop.signal);
  await until(() => discovery.snapshots()[0]?.apps.length === 0);
  await discovery.stop();
  assert.equal(await saved(), 0);
});

test("a disk that hangs holds up neither a first answer for ever, nor the next", async () => {
  const cluster = await clusterOf({ controllers: 1 });
  const folder = await directory();
  execFileSync("mkfifo", [join(folder, "blue.json")]);
  const { discovery, recorder, stop } = discover(
    { blue: cluster },
    { state_persistence_enabled: true, state_persistence_dir: folder, disk_io_timeout_sec: 0.3 },
  );
  await discovery.settled(stop.signal);
  assert.equal(hosts(discovery), 1);
  assert.ok(recorder.takeLines().includes("warn saved state is unusable"));
  // Lets go of the file thread that still reads.
  await writeFile(join(folder, "blue.json"), "");
});

test("a saved state that is unusable is a warning, not the end", async () => {
  const cluster = await clusterOf({ controllers: 1 });
  const state_persistence_dir = await directory();
  await writeFile(join(state_persistence_dir, "blue.json"), '{"schemaVersion":1,');
  await cluster.controller(0).stop();
  const { discovery, recorder, stop, until } = discover(
    { blue: cluster },
    { state_persistence_enabled: true, state_persistence_dir },
  );
  await discovery.settled(stop.signal);
  assert.deepEqual(discovery.snapshots(), []);
  const lines = [...recorder.takeLines()].sort();
  const missed = "warn no saved state to start from";
  assert.deepEqual(lines, ["warn controllers give no state", missed, "warn saved state is unusable"]);
  await cluster.controller(0).start();
  await until(() => hosts(discovery) === 1);
});

test("a disk that cannot be written is told and changes nothing else", async () => {
  const cluster = await clusterOf({ controllers: 1 });
  const blocked = join(await directory(), "file");
  await writeFile(blocked, "");
  const { discovery, until, recorder } = discover(
    { blue: cluster },
    { state_persistence_enabled: true, state_persistence_dir: blocked },
  );
  await until(() => !discovery.disk().healthy);
  assert.match(discovery.disk().message, /^state of namespace blue cannot be saved to /);
  const lines = [...recorder.takeLines()].sort();
  assert.deepEqual(lines, ["info controller leads", "warn saved state is unusable", "warn state is not saved"]);
  assert.equal(discovery.status()[0]?.healthy, true);
});

test("credentials are neither in the status nor in a snapshot nor on disk", async () => {
  const credentials = { user: "guest", pass: "hunter22" };
  const cluster = await clusterOf({ controllers: 1, credentials });
  const state_persistence_dir = await directory();
  const namespaces = [{ name: "blue", drove: cluster.urls, ...credentials }];
  const { discovery, stop } = discover({}, { namespaces, state_persistence_enabled: true, state_persistence_dir });
  await discovery.settled(stop.signal);
  await discovery.stop();
  const disk = await readFile(join(state_persistence_dir, "blue.json"), "utf8");
  assert.match(disk, /shop\.test/);
  assert.doesNotMatch(inspect([discovery.status(), discovery.snapshots()], { depth: 10 }) + disk, /hunter22/);
});

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { createWake } from "../../../agent/clock.ts";
import type { Config } from "../../../agent/config/schema.ts";
import { createDiscovery } from "../../../agent/discovery/discovery.ts";
import { configOf } from "../drove/config.ts";
import { createFakeClock } from "./fake-clock.ts";
import { createRecorder } from "./recorder.ts";
import { app, createStubClient, type StubClient } from "./stub-client.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

const endpoints = { blue: "http://blue", green: "http://green", red: "http://red" } as const;
type Name = keyof typeof endpoints;

function config(names: readonly Name[], extra: Readonly<Record<string, unknown>> = {}): Config {
  const namespaces = names.map((name) => ({ name, drove: [endpoints[name]] }));
  return configOf({ state_persistence_enabled: false, namespaces, ...extra });
}

/** Discovery over one stub controller per namespace, each leading and with one app. */
function prepared() {
  const clock = createFakeClock();
  const recorder = createRecorder();
  const clients: { readonly name: string; readonly client: StubClient }[] = [];
  const roles: Partial<Record<Name, "away">> = {};
  const bell = { rings: 0 };
  const discovery = createDiscovery({
    clock,
    logger: recorder.log,
    wake: {
      ...createWake(clock),
      ring() {
        bell.rings += 1;
        return "new";
      },
    },
    observer: recorder.observer,
    connect({ namespace }) {
      const client = createStubClient(namespace.drove);
      const name = namespace.name as Name;
      Object.assign(client.controller(endpoints[name]), { role: roles[name] ?? "leader", apps: [app(name)] });
      clients.push({ name, client });
      return client;
    },
  });
  const stop = new AbortController();
  cleanups.push(discovery.stop);
  const newest = (name: Name) => clients.findLast((one) => one.name === name)?.client ?? assert.fail(name);
  return { discovery, clock, recorder, clients, roles, bell, stop, newest };
}

async function started(names: readonly Name[] = ["blue", "green"]) {
  const all = prepared();
  all.discovery.start(config(names), all.stop.signal);
  await all.clock.settle();
  return all;
}

const namesOf = (all: readonly { readonly namespace: string }[]) => all.map(({ namespace }) => namespace);

test("each namespace has a snapshot and a status, in configured order, and the bell has rung for each", async () => {
  const { discovery, bell, clock } = await started(["green", "blue"]);
  assert.deepEqual(namesOf(discovery.snapshots()), ["green", "blue"]);
  assert.deepEqual(namesOf(discovery.status()), ["green", "blue"]);
  assert.equal(bell.rings, 2);
  assert.deepEqual(discovery.status()[0], {
    namespace: "green",
    healthy: true,
    message: "OK",
    failures: 0,
    usingFreshState: true,
    lastUpdated: clock.now(),
    dataFromDisk: false,
    held: undefined,
    endpoints: [{ endpoint: "http://green", healthy: true, message: "OK" }],
    counters: { polls: 1, failedPolls: 0 },
  });
});

test("a namespace that fails keeps its snapshot; the others go on", async () => {
  const { discovery, clock, newest } = await started();
  const before = clock.now();
  newest("blue").controller(endpoints.blue).role = "away";
  Object.assign(newest("green").controller(endpoints.green), {
    eventsCount: { APP_STATE_CHANGE: 1 },
    lastSyncTime: 1,
    apps: [],
  });
  await clock.advance(2500);
  assert.deepEqual(
    discovery.snapshots().map(({ namespace, apps }) => [namespace, apps.length]),
    [
      ["blue", 1],
      ["green", 0],
    ],
  );
  const [blue, green] = discovery.status();
  assert.deepEqual([blue?.healthy, blue?.usingFreshState, blue?.lastUpdated], [false, false, before]);
  assert.equal(green?.healthy, true);
});

test("a confirmation moves the time, keeps the apps, and rings no bell", async () => {
  const { discovery, clock, bell } = await started(["blue"]);
  const [before] = discovery.snapshots();
  await clock.advance(60_000);
  const [after] = discovery.snapshots();
  assert.equal(after?.apps, before?.apps);
  assert.equal(discovery.status()[0]?.lastUpdated, clock.now());
  assert.equal(bell.rings, 1);
});

test("settled waits for every namespace: a snapshot, or as many tries as configured", async () => {
  const { discovery, clock, roles, stop } = prepared();
  roles.green = "away";
  discovery.start(config(["blue", "green"], { startup_controller_sync_tries: 3 }), stop.signal);
  const outcome = { settled: false };
  void discovery.settled(stop.signal).then(() => {
    outcome.settled = true;
  });
  await clock.advance(1999);
  assert.equal(outcome.settled, false);
  await clock.advance(1);
  assert.equal(outcome.settled, true);
  assert.deepEqual(namesOf(discovery.snapshots()), ["blue"]);
  assert.equal(discovery.status()[1]?.failures, 3);
  assert.deepEqual([discovery.status()[1]?.lastUpdated, discovery.status()[1]?.dataFromDisk], [undefined, false]);
});

test("settled ends with its signal", async () => {
  const { discovery, clock, roles, stop } = prepared();
  roles.blue = "away";
  discovery.start(config(["blue"], { startup_controller_sync_tries: 100 }), stop.signal);
  const waiting = new AbortController();
  const settled = discovery.settled(waiting.signal);
  await clock.settle();
  waiting.abort();
  await settled;
});

test("an update that concerns no watcher restarts none", async () => {
  const { discovery, clients, clock } = await started();
  const next = config(["green", "blue"], { nginx_max_fails: 3 });
  const [green, blue] = next.namespaces;
  assert.ok(green !== undefined && blue !== undefined);
  discovery.update({ ...next, namespaces: [{ ...green, realm: "a.test", routing_tag: "x" }, blue] });
  await clock.settle();
  assert.equal(clients.length, 2);
  assert.deepEqual(namesOf(discovery.snapshots()), ["green", "blue"]);
});

test("an update restarts the watchers it concerns, from what they know, and closes the old ones", async () => {
  const { discovery, clients, clock, roles } = await started();
  const [before] = discovery.snapshots();
  roles.blue = "away";
  const next = config(["blue", "green"]);
  const [blue, green] = next.namespaces;
  assert.ok(green !== undefined && blue !== undefined);
  discovery.update({ ...next, namespaces: [{ ...blue, user: "somebody" }, green] });
  assert.equal(discovery.snapshots()[0], before);
  await clock.settle();
  assert.deepEqual(
    clients.map(({ name, client }) => [name, client.closed()]),
    [
      ["blue", true],
      ["green", false],
      ["blue", false],
    ],
  );
  assert.equal(discovery.snapshots()[0], before);
  assert.equal(discovery.status()[0]?.healthy, false);
});

test("changed timing restarts all", async () => {
  const { discovery, clients } = await started();
  discovery.update(config(["blue", "green"], { event_refresh_interval_sec: 5 }));
  assert.equal(clients.length, 4);
});

test("a removed namespace vanishes, with a ring; a new one comes", async () => {
  const { discovery, clock, bell, recorder, clients } = await started();
  discovery.update(config(["green", "red"]));
  assert.deepEqual(namesOf(discovery.snapshots()), ["green"]);
  assert.equal(bell.rings, 3);
  assert.deepEqual(recorder.last("namespaceRemoved"), { namespace: "blue" });
  await clock.settle();
  assert.deepEqual(namesOf(discovery.snapshots()), ["green", "red"]);
  assert.equal(clients[0]?.client.closed(), true);
});

test("resync reaches all namespaces", async () => {
  const { discovery, clock, newest } = await started();
  for (const name of ["blue", "green"] as const) newest(name).takeCalls();
  discovery.resync();
  await clock.settle();
  for (const name of ["blue", "green"] as const) assert.ok(newest(name).takeCalls().includes(`endpoints ${name}`));
});

test("after stop, or when the signal aborts, nothing runs, and updates start nothing", async () => {
  for (const how of ["stop", "abort"] as const) {
    const { discovery, clock, stop, clients } = await started();
    if (how === "stop") await discovery.stop();
    else stop.abort();
    await clock.settle();
    assert.ok(clients.every(({ client }) => client.closed()));
    assert.deepEqual(clock.sleeping(), []);
    discovery.update(config(["red"]));
    assert.equal(clients.length, 2);
    assert.deepEqual(namesOf(discovery.snapshots()), ["blue", "green"]);
  }
});

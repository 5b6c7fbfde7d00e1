import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { createWake } from "../../../agent/clock.ts";
import { createDiscovery, type Discovery } from "../../../agent/discovery/discovery.ts";
import { createGuarded } from "../../../agent/discovery/guarded.ts";
import { rulesOf } from "../../../agent/guard/rules.ts";
import type { DroveApp, NamespaceSnapshot } from "../../../agent/model.ts";
import { configOf } from "../drove/config.ts";
import { createFakeClock } from "./fake-clock.ts";
import { createRecorder } from "./recorder.ts";
import { app, createStubClient, type StubController } from "./stub-client.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

const urls = ["http://a", "http://b"] as const;
const ten = Array.from({ length: 10 }, (_, index) => app(`v${index}`, 2));

const config = (namespace: Readonly<Record<string, unknown>> = {}, extra: Readonly<Record<string, unknown>> = {}) =>
  configOf({ state_persistence_enabled: false, namespaces: [{ name: "blue", drove: urls, ...namespace }], ...extra });

/** Discovery of a cluster of ten apps, of which the first controller leads. */
async function started(extra: Readonly<Record<string, unknown>> = {}) {
  const clock = createFakeClock();
  const recorder = createRecorder();
  const client = createStubClient(urls);
  const [a, b] = [client.controller(urls[0]), client.controller(urls[1])];
  Object.assign(a, { role: "leader", apps: ten });
  const bell = { rings: 0 };
  const ring = () => {
    bell.rings += 1;
    return "new" as const;
  };
  const discovery = createDiscovery({
    clock,
    logger: recorder.log,
    wake: { ...createWake(clock), ring },
    observer: recorder.observer,
    connect: () => client,
  });
  const stop = new AbortController();
  cleanups.push(discovery.stop);
  discovery.start(config({}, extra), stop.signal);
  await clock.settle();
  client.takeCalls();
  recorder.takeLines();
  return { clock, recorder, client, discovery, bell, a, b };
}

const count = (discovery: Discovery) => discovery.snapshots()[0]?.apps.length;
const held = (discovery: Discovery) => discovery.status()[0]?.held?.vhosts.lost;

/** The leader lists these from now on, and says that something has happened. */
function lists(controller: StubController, apps: readonly DroveApp[], at = 1): void {
  Object.assign(controller, { apps, eventsCount: { APP_STATE_CHANGE: 1 }, lastSyncTime: at });
}

describe("an answer that takes too much away", () => {
  test("is held, and asked for again in every poll until it is confirmed", async () => {
    const { discovery, clock, client, recorder, bell, a } = await started();
    const before = clock.now();
    lists(a, []);
    await clock.advance(2000);
    assert.deepEqual([count(discovery), held(discovery)], [10, 10]);
    assert.match(recorder.takeLines().join(), /^warn an answer takes too much away/);
    client.takeCalls();
    const { rings } = bell;
    await clock.advance(28_000);
    assert.equal(client.takeCalls().filter((call) => call === "endpoints a").length, 14);
    assert.equal(count(discovery), 10);
    assert.equal(bell.rings, rings, "the same answer wakes nobody");
    assert.equal(discovery.status()[0]?.lastUpdated, before, "the data is as old as the last answer that counted");
    assert.equal(discovery.status()[0]?.healthy, true);
    await clock.advance(2000);
    assert.deepEqual([count(discovery), held(discovery)], [0, undefined]);
    assert.equal(bell.rings, rings + 1);
    assert.deepEqual(recorder.takeLines(), ["info a held answer is confirmed: what it lacks goes"]);
    assert.deepEqual(recorder.last("guardDecided"), { namespace: "blue", decision: "persisted", vhosts: 10 });
    client.takeCalls();
    await clock.advance(10_000);
    assert.deepEqual([...new Set(client.takeCalls())], ["summary a 1"], "then events are enough again");
  });

  test("never counts if it was a mistake", async () => {
    const { discovery, clock, recorder, a } = await started();
    lists(a, ten.slice(0, 2));
    await clock.advance(20_000);
    recorder.takeLines();
    Object.assign(a, { apps: ten });
    await clock.advance(2000);
    assert.deepEqual([count(discovery), held(discovery)], [10, undefined]);
    assert.deepEqual(recorder.takeLines(), ["info controllers have what was held again"]);
    assert.deepEqual(recorder.last("guardDecided"), { namespace: "blue", decision: "recovered", vhosts: 8 });
  });

  test("of a new leader is held, also when the old one had begun to say so", async () => {
    const { discovery, clock, a, b } = await started();
    lists(a, []);
    await clock.advance(20_000);
    a.role = "standby";
    Object.assign(b, { role: "leader", apps: [] });
    await clock.advance(29_000);
    assert.equal(count(discovery), 10);
    await clock.advance(5000);
    assert.equal(count(discovery), 0);
  });

  test("of a controller that fails again and again is not confirmed", async () => {
    const { discovery, clock, a } = await started();
    lists(a, []);
    for (let round = 0; round < 10; round += 1) {
      await clock.advance(20_000);
      a.role = "away";
      await clock.advance(5000);
      a.role = "leader";
    }
    assert.equal(count(discovery), 10);
  });
});

describe("an operator's word", () => {
  test("lets it pass, wakes the loop, and is told", async () => {
    const { discovery, clock, recorder, bell, a } = await started();
    assert.deepEqual(discovery.accept(undefined), []);
    lists(a, ten.slice(0, 3));
    await clock.advance(2000);
    recorder.takeLines();
    const { rings } = bell;
    assert.deepEqual(discovery.accept("green"), []);
    const [accepted, ...others] = discovery.accept("blue");
    assert.deepEqual(others, []);
    assert.deepEqual([accepted?.namespace, accepted?.vhosts], ["blue", { lost: 7, of: 10 }]);
    assert.deepEqual([count(discovery), held(discovery), bell.rings], [3, undefined, rings + 1]);
    assert.deepEqual(recorder.takeLines(), ["info a held answer is accepted: what it lacks goes"]);
    await clock.advance(2000);
    assert.equal(count(discovery), 3);
  });
});

describe("an operator's edit", () => {
  test("of the realm is no loss, although no watcher restarts for it", async () => {
    const { discovery, clock, recorder } = await started();
    for (const realm of ["v0.test", "", "v1.test"]) {
      discovery.update(config({ realm }));
      discovery.resync();
      await clock.settle();
      assert.equal(held(discovery), undefined);
    }
    assert.equal(recorder.count("guardDecided"), 0);
  });

  test("that switches the guard off lets a held answer pass", async () => {
    const { discovery, clock, a } = await started();
    lists(a, []);
    await clock.advance(2000);
    discovery.update(config({}, { guard_enabled: false }));
    await clock.advance(2000);
    assert.deepEqual([count(discovery), held(discovery)], [0, undefined]);
  });

  test("that restarts the watcher keeps what is held, and how long it has been", async () => {
    const { discovery, clock, a } = await started();
    lists(a, []);
    await clock.advance(20_000);
    discovery.update(config({ user: "somebody" }));
    await clock.settle();
    assert.deepEqual([count(discovery), held(discovery)], [10, 10]);
    await clock.advance(14_000);
    assert.equal(count(discovery), 0);
  });

  test("that removes a namespace removes what was held of it", async () => {
    const { discovery, clock, a } = await started();
    lists(a, []);
    await clock.advance(2000);
    discovery.update(config({ name: "green", drove: [urls[0]] }));
    await clock.settle();
    assert.deepEqual(
      discovery.snapshots().map(({ namespace, apps }) => [namespace, apps.length]),
      [["green", 0]],
    );
  });

  test("that renames a namespace serves its apps on, before anybody has answered and after", async () => {
    const { discovery, clock, a, b } = await started();
    const names = () => discovery.snapshots().map(({ namespace, apps }) => [namespace, apps.length]);
    Object.assign(a, { role: "away" });
    Object.assign(b, { role: "away" });
    discovery.update(config({ name: "green" }));
    assert.deepEqual(names(), [["green", 10]]);
    await clock.advance(60_000);
    assert.deepEqual(names(), [["green", 10]]);
    Object.assign(a, { role: "leader" });
    lists(a, ten.slice(1));
    await clock.advance(60_000);
    assert.deepEqual(names(), [["green", 9]]);
  });
});

describe("saved state that comes late", () => {
  const saved = (apps: readonly DroveApp[], source: NamespaceSnapshot["source"], fetchedAt: number) =>
    ({ namespace: "blue", apps, leader: undefined, fetchedAt, source, notes: [] }) satisfies NamespaceSnapshot;

  function waiting() {
    const recorder = createRecorder();
    const served: NamespaceSnapshot[] = [];
    const [namespace] = config().namespaces;
    assert.ok(namespace !== undefined);
    const guarded = createGuarded({
      namespace: "blue",
      seed: undefined,
      rules: () => rulesOf(config(), namespace),
      clock: createFakeClock(),
      log: recorder.log,
      observer: recorder.observer,
      onChanged: (snapshot) => served.push(snapshot),
      onConfirmed: () => undefined,
    });
    return { guarded, served };
  }

  test("never takes the place of an answer: the newest one counts", () => {
    const { guarded, served } = waiting();
    guarded.take(saved(ten, "controller", 2000));
    guarded.take(saved([...ten, app("new")], "controller", 3000));
    assert.equal(guarded.snapshot(), undefined, "first it must be known what there was");
    guarded.know(saved([app("old"), ...ten.slice(1)], "disk", 1000));
    assert.deepEqual(
      served.map(({ apps, fetchedAt, source }) => [apps.length, fetchedAt, source]),
      [[11, 3000, "controller"]],
    );
    assert.equal(guarded.fallBack(), undefined);
  });

  test("is what the answer is measured by", () => {
    const { guarded, served } = waiting();
    guarded.take(saved([app("new")], "controller", 3000));
    guarded.know(saved(ten, "disk", 1000));
    assert.deepEqual(
      served.map(({ apps, fetchedAt }) => [apps.length, fetchedAt]),
      [[11, 1000]],
    );
    assert.equal(guarded.held()?.vhosts.lost, 10);
  });
});

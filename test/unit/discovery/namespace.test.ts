import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { watchNamespace } from "../../../agent/discovery/namespace.ts";
import type { WatchReport } from "../../../agent/discovery/status.ts";
import type { NamespaceSnapshot } from "../../../agent/model.ts";
import { namespaceOf } from "../drove/config.ts";
import { createFakeClock } from "./fake-clock.ts";
import { createRecorder } from "./recorder.ts";
import { app, createStubClient } from "./stub-client.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

const [a, b, c] = ["http://a", "http://b:8080", "https://[::1]"] as const;

/** A watcher of three controllers, of which the second leads and knows one app. */
function watched() {
  const drove = [a, b, c];
  const client = createStubClient(drove);
  Object.assign(client.controller(b), { role: "leader", lastSyncTime: 100, apps: [app("shop")] });
  const clock = createFakeClock();
  const recorder = createRecorder();
  const snapshots: NamespaceSnapshot[] = [];
  const confirmed: number[] = [];
  const reports: WatchReport[] = [];
  const stop = new AbortController();
  const start = () => {
    const watcher = watchNamespace({
      config: namespaceOf({ drove }),
      timing: { intervalMs: 2000, resyncMs: 60_000, startup: { tries: 2, delayMs: 1000 } },
      client,
      clock,
      log: recorder.log,
      observer: recorder.observer,
      onSnapshot: (snapshot) => void snapshots.push(snapshot),
      onConfirmed: (at) => void confirmed.push(at),
      doubted: () => false,
      onReport: (report) => void reports.push(report),
      signal: stop.signal,
    });
    cleanups.push(() => {
      stop.abort();
      return watcher.done;
    });
    return watcher;
  };
  return { client, clock, recorder, snapshots, confirmed, reports, stop, start };
}

async function settled() {
  const all = watched();
  const watcher = all.start();
  await all.clock.settle();
  all.client.takeCalls();
  all.recorder.takeLines();
  return { ...all, watcher };
}

test("at first it pings in order, then asks the leader for events before the list, then looks at the others", async () => {
  const { client, clock, recorder, snapshots, reports, start } = watched();
  start();
  await clock.settle();
  assert.deepEqual(client.takeCalls(), [
    "ping a",
    "ping b:8080",
    "summary b:8080 0",
    "endpoints b:8080",
    "ping a",
    "ping https://[::1]",
  ]);
  assert.deepEqual(snapshots, [
    {
      namespace: "blue",
      apps: [app("shop")],
      leader: { endpoint: b, host: "b", port: 8080 },
      fetchedAt: clock.now(),
      source: "controller",
      notes: [],
    },
  ]);
  assert.deepEqual(reports.at(-1), {
    healthy: true,
    message: "OK",
    failures: 0,
    endpoints: [
      { endpoint: a, healthy: true, message: "standby: not the leader" },
      { endpoint: b, healthy: true, message: "OK" },
      { endpoint: c, healthy: true, message: "standby: not the leader" },
    ],
    counters: { polls: 1, failedPolls: 0 },
  });
  assert.deepEqual(recorder.takeLines(), ["info controller leads"]);
});

test("while nothing happens it asks the leader for events each interval, and says nothing", async () => {
  const { client, clock, recorder, snapshots, confirmed } = await settled();
  await clock.advance(10_000);
  assert.deepEqual(client.takeCalls(), Array(5).fill("summary b:8080 100"));
  assert.deepEqual([snapshots.length, confirmed.length, recorder.takeLines()], [1, 0, []]);
});

test("an event brings the new list within the same poll", async () => {
  const { client, clock, recorder, snapshots } = await settled();
  Object.assign(client.controller(b), {
    eventsCount: { APP_STATE_CHANGE: 2 },
    lastSyncTime: 200,
    apps: [app("shop", 2)],
  });
  await clock.advance(2000);
  assert.deepEqual(client.takeCalls(), ["summary b:8080 100", "endpoints b:8080"]);
  assert.deepEqual(snapshots.at(-1)?.apps, [app("shop", 2)]);
  assert.equal(snapshots.at(-1)?.eventAt, 200);
  assert.equal(snapshots[0]?.eventAt, undefined);
  assert.deepEqual(recorder.last("eventsReceived"), { namespace: "blue", count: 2 });
  assert.equal(recorder.count("eventsMissed"), 0);
  assert.deepEqual(recorder.takeLines(), []);
});

test("a list that is the same again is confirmed, not announced", async () => {
  const { client, clock, snapshots, confirmed, recorder } = await settled();
  Object.assign(client.controller(b), { eventsCount: { APP_STATE_CHANGE: 1 }, lastSyncTime: 200 });
  await clock.advance(2000);
  assert.equal(snapshots.length, 1);
  assert.deepEqual(confirmed, [clock.now()]);
  assert.equal(recorder.last("listReceived")?.["list"], "same");
});

test("a change without an event is found by the resync, and counted", async () => {
  const { client, clock, recorder, snapshots } = await settled();
  client.controller(b).apps = [];
  await clock.advance(58_000);
  assert.equal(snapshots.length, 1);
  await clock.advance(2000);
  assert.deepEqual(snapshots.at(-1)?.apps, []);
  assert.equal(recorder.count("eventsMissed"), 1);
  assert.deepEqual(client.takeCalls().slice(-4), [
    "summary b:8080 100",
    "endpoints b:8080",
    "ping a",
    "ping https://[::1]",
  ]);
});

test("resync polls at once and asks for the list", async () => {
  const { client, clock, watcher } = await settled();
  watcher.resync();
  watcher.resync();
  await clock.settle();
  assert.deepEqual(client.takeCalls().slice(0, 2), ["summary b:8080 100", "endpoints b:8080"]);
  await clock.advance(2000);
  assert.deepEqual(client.takeCalls(), ["summary b:8080 100"]);
});

test("when another controller leads, its list is used within the same poll", async () => {
  const { client, clock, recorder, snapshots, reports } = await settled();
  client.controller(b).role = "standby";
  Object.assign(client.controller(c), { role: "leader", lastSyncTime: 5, apps: [app("shop")] });
  await clock.advance(2000);
  assert.deepEqual(client.takeCalls().slice(0, 6), [
    "summary b:8080 100",
    "ping a",
    "ping b:8080",
    "ping https://[::1]",
    "summary https://[::1] 0",
    "endpoints https://[::1]",
  ]);
  assert.deepEqual(snapshots.at(-1)?.leader, { endpoint: c, host: "::1", port: 443 });
  assert.deepEqual(recorder.takeLines(), ["info controller leads"]);
  assert.equal(recorder.count("eventsFailed"), 0);
  assert.equal(reports.at(-1)?.healthy, true);
  assert.equal(reports.at(-1)?.endpoints[1]?.message, "standby: not the leader");
});

test("a controller that hangs does not hold up the search for the leader, nor polls", async () => {
  const { client, clock, snapshots, start } = watched();
  client.controller(a).role = "hang";
  start();
  await clock.advance(499);
  assert.equal(snapshots.length, 0);
  await clock.advance(1);
  assert.equal(snapshots.length, 1);
  client.takeCalls();
  await clock.advance(4000);
  assert.deepEqual(client.takeCalls(), Array(2).fill("summary b:8080 100"));
});

test("a failure is logged once, retried ever later, reported, and its end is logged once", async () => {
  const { client, clock, recorder, snapshots, reports } = await settled();
  for (const endpoint of [a, b, c]) client.controller(endpoint).role = "away";
  await clock.advance(120_000);
  assert.deepEqual(recorder.takeLines(), ["warn controllers give no state"]);
  const { healthy, message, failures, endpoints } = reports.at(-1) ?? assert.fail("no report");
  assert.equal(healthy, false);
  assert.match(
    message,
    /^namespace blue: none of 3 controllers leads: .*connection refused; .*connection refused; .*connection refused$/,
  );
  assert.ok(endpoints.every((one) => !one.healthy));
  assert.ok(failures > 10 && failures < 40, `${failures} failures`);
  assert.equal(recorder.count("eventsFailed"), 1);
  assert.equal(recorder.last("endpointCheckFailed")?.["kind"], "down");
  assert.deepEqual(recorder.last("endpointsCounted"), { namespace: "blue", configured: 3, healthy: 0 });
  assert.equal(snapshots.length, 1);

  Object.assign(client.controller(b), { role: "leader" });
  await clock.advance(10_000);
  assert.deepEqual(recorder.takeLines(), ["info controllers give state again"]);
  assert.equal(reports.at(-1)?.healthy, true);
});

test("while it starts it retries after the startup delay", async () => {
  const { client, clock, reports, start } = watched();
  client.controller(b).role = "away";
  start();
  await clock.settle();
  assert.equal(reports.at(-1)?.failures, 1);
  assert.deepEqual(clock.sleeping(), [1000]);
  await clock.advance(1000);
  assert.equal(reports.at(-1)?.failures, 2);
  assert.deepEqual(clock.sleeping(), [750]);
});

test("a list that cannot be had leaves the one before, and is asked for until it can", async () => {
  const { client, clock, recorder, snapshots, reports } = await settled();
  Object.assign(client.controller(b), {
    eventsCount: { APP_STATE_CHANGE: 1 },
    lastSyncTime: 200,
    apps: [app("shop", 3)],
    broken: ["endpoints"],
  });
  await clock.advance(2000);
  assert.equal(snapshots.length, 1);
  assert.equal(recorder.count("listFailed"), 2);
  assert.match(reports.at(-1)?.message ?? "", /the answer is not JSON/);
  client.controller(b).broken = [];
  await clock.advance(1000);
  assert.deepEqual(snapshots.at(-1)?.apps, [app("shop", 3)]);
});

test("a listener that throws does not end the watcher", async () => {
  const { client, clock, recorder, start, snapshots } = watched();
  snapshots.push = () => {
    throw new Error("broken listener");
  };
  start();
  await clock.advance(5000);
  assert.deepEqual(recorder.takeLines(), ["warn controllers give no state"]);
  assert.ok(client.takeCalls().length > 5);
});

test("an abort ends it in the middle of a call, and nothing is reported after", async () => {
  const { client, clock, stop, start, reports, recorder } = watched();
  client.controller(a).role = "hang";
  const watcher = start();
  await clock.settle();
  stop.abort();
  await watcher.done;
  assert.deepEqual([reports.length, recorder.takeLines(), clock.sleeping()], [0, [], []]);
});

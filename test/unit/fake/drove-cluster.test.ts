import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { afterEach, test } from "node:test";
import { type ClusterOptions, startCluster } from "../../fake/drove-cluster.ts";
import { exposedApp, exposedHost } from "../../fake/exposed-app.ts";
import { createClient } from "./ask.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

async function started(options: ClusterOptions = {}) {
  const cluster = await startCluster(options);
  const client = createClient();
  cleanups.push(client.close, cluster.stop);
  const get = (index: number, path: string, authorization?: string) =>
    client.ask(`${cluster.urls[index]}${path}`, authorization === undefined ? {} : { authorization });
  const summary = async (index: number, since: number) =>
    (await get(index, `/apis/v1/cluster/events/summary?lastSyncTime=${since}`)).json().data;
  return { cluster, get, summary };
}

const notLeader = '{"status":"FAILED","data":null,"message":"This node is not the leader controller"}';
const paths = ["/apis/v1/ping", "/apis/v1/endpoints", "/apis/v1/cluster/events/summary?lastSyncTime=0"];

test("the leader answers, the others say with 400 that they do not lead", async () => {
  const { get } = await started({ controllers: 2 });
  assert.deepEqual((await get(0, "/apis/v1/ping")).json(), { status: "SUCCESS", data: "pong", message: "success" });
  for (const path of paths) {
    const [leader, follower] = [await get(0, path), await get(1, path)];
    assert.equal(leader.status, 200);
    assert.equal(leader.headers["content-type"], "application/json");
    assert.deepEqual([follower.status, follower.text], [400, notLeader]);
  }
});

test("leadership moves, splits and is lost", async () => {
  const { cluster, get } = await started({ controllers: 2 });
  const statuses = async () => [(await get(0, "/apis/v1/ping")).status, (await get(1, "/apis/v1/ping")).status];
  cluster.electLeader(1);
  assert.deepEqual(await statuses(), [400, 200]);
  cluster.electLeaders([0, 1]);
  assert.deepEqual(await statuses(), [200, 200]);
  cluster.electLeaders([]);
  assert.deepEqual(await statuses(), [400, 400]);
  assert.throws(() => cluster.electLeader(2), /no controller 2/);
});

test("controllers share the apps", async () => {
  const { cluster, get } = await started({ controllers: 2, apps: [exposedApp({ name: "a" })] });
  cluster.apps.addInstance("a-1.0.0", exposedHost(31_000));
  cluster.electLeader(1);
  const app = exposedApp({ name: "a", hosts: [exposedHost(31_000)] });
  assert.deepEqual((await get(1, "/apis/v1/endpoints")).json().data, [app]);
});

test("events carry the leader's clock; apps from the start make none", async () => {
  const { cluster, summary } = await started({ now: () => 1000, apps: [exposedApp({ name: "a" })] });
  assert.deepEqual(await summary(0, 5), { eventsCount: {}, lastSyncTime: 5 });
  cluster.apps.scale("a-1.0.0", 2);
  cluster.emit("EXECUTOR_ADDED");
  assert.deepEqual(await summary(0, 5), {
    eventsCount: { INSTANCE_STATE_CHANGE: 2, EXECUTOR_ADDED: 1 },
    lastSyncTime: 1000,
  });
});

test("a second change in a millisecond already told is not told", async () => {
  const { cluster, summary } = await started({ now: () => 1000, apps: [exposedApp({ name: "a" })] });
  cluster.apps.scale("a-1.0.0", 1);
  await summary(0, 0);
  cluster.apps.scale("a-1.0.0", 2);
  assert.deepEqual(await summary(0, 1000), { eventsCount: {}, lastSyncTime: 1000 });
});

test("a change of leadership wipes the events of both", async () => {
  const { cluster, summary } = await started({ controllers: 2, now: () => 1000, apps: [exposedApp({ name: "a" })] });
  cluster.apps.scale("a-1.0.0", 1);
  cluster.electLeader(1);
  assert.deepEqual(await summary(1, 0), { eventsCount: {}, lastSyncTime: 0 });
  cluster.electLeader(0);
  assert.deepEqual(await summary(0, 0), { eventsCount: {}, lastSyncTime: 0 });
  cluster.electLeader(1, "announced");
  assert.deepEqual(await summary(1, 0), { eventsCount: { LEADERSHIP_ACQUIRED: 1 }, lastSyncTime: 1000 });
});

test("a new leader whose clock is behind hides its events from who holds a later time", async () => {
  const { cluster, summary } = await started({ controllers: 2, now: () => 10_000, apps: [exposedApp({ name: "a" })] });
  cluster.controller(1).skewClock(-5000);
  cluster.electLeader(1);
  cluster.apps.scale("a-1.0.0", 1);
  assert.deepEqual(await summary(1, 10_000), { eventsCount: {}, lastSyncTime: 5000 });
  assert.deepEqual(await summary(1, 4999), { eventsCount: { INSTANCE_STATE_CHANGE: 1 }, lastSyncTime: 5000 });
});

test("events are forgotten after the retention time", async () => {
  const clock = { now: 1000 };
  const apps = [exposedApp({ name: "a" })];
  const { cluster, summary } = await started({ now: () => clock.now, retentionMs: 100, apps });
  cluster.apps.scale("a-1.0.0", 1);
  clock.now = 1100;
  assert.deepEqual(await summary(0, 0), { eventsCount: { INSTANCE_STATE_CHANGE: 1 }, lastSyncTime: 1000 });
  clock.now = 1101;
  assert.deepEqual(await summary(0, 0), { eventsCount: {}, lastSyncTime: 0 });
});

test("in a split brain both record, with nobody leading nobody does, and a quiet change makes no event", async () => {
  const { cluster, summary } = await started({ controllers: 2, now: () => 1000, apps: [exposedApp({ name: "a" })] });
  cluster.electLeaders([0, 1]);
  cluster.apps.scale("a-1.0.0", 1);
  const one = { eventsCount: { INSTANCE_STATE_CHANGE: 1 }, lastSyncTime: 1000 };
  assert.deepEqual([await summary(0, 0), await summary(1, 0)], [one, one]);
  cluster.electLeaders([]);
  cluster.apps.scale("a-1.0.0", 2);
  cluster.electLeader(0);
  cluster.quietly((apps) => apps.scale("a-1.0.0", 3));
  assert.deepEqual(await summary(0, 7), { eventsCount: {}, lastSyncTime: 7 });
  assert.equal(cluster.apps.list()[0]?.hosts.length, 3);
});

test("a stopped controller refuses connections and comes back on its port without its events", async () => {
  const { cluster, get, summary } = await started({ apps: [exposedApp({ name: "a" })] });
  cluster.apps.scale("a-1.0.0", 1);
  const { port } = cluster.controller(0);
  await cluster.controller(0).stop();
  await assert.rejects(get(0, "/apis/v1/ping"), { code: "ECONNREFUSED" });
  await cluster.controller(0).start();
  assert.equal(cluster.controller(0).port, port);
  assert.equal((await get(0, "/apis/v1/ping")).status, 200);
  assert.deepEqual(await summary(0, 9), { eventsCount: {}, lastSyncTime: 9 });
});

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString("base64")}`;

test("Basic credentials are asked for before anything is told", async () => {
  const credentials = { user: "guest", pass: "p:\"$\n'ä" };
  const { get, cluster } = await started({ controllers: 2, credentials });
  assert.equal((await get(0, "/apis/v1/ping", basic(`guest:${credentials.pass}`))).status, 200);
  for (const header of [undefined, basic("guest:wrong"), basic("other:p"), "O-Bearer guest"]) {
    assert.equal((await get(0, "/apis/v1/endpoints", header)).status, 401);
    assert.equal((await get(1, "/apis/v1/ping", header)).status, 401);
  }
  assert.deepEqual(
    cluster.requests().map(({ authorization, credentials: kind }) => `${authorization} ${kind}`),
    [
      "granted basic",
      "refused none",
      "refused none",
      ...Array(4).fill("refused basic"),
      ...Array(2).fill("refused other"),
    ],
  );
  assert.ok(!JSON.stringify(cluster.requests()).includes(basic(`guest:${credentials.pass}`)));
});

test("an access token is compared as it is", async () => {
  const { get } = await started({ credentials: { accessToken: "O-Bearer TOKEN" } });
  assert.equal((await get(0, "/apis/v1/ping", "O-Bearer TOKEN")).status, 200);
  assert.equal((await get(0, "/apis/v1/ping", "o-bearer TOKEN")).status, 401);
  assert.equal((await get(0, "/apis/v1/ping")).status, 401);
});

test("other paths, methods and times are refused", async () => {
  const { get, cluster } = await started();
  const client = createClient();
  cleanups.push(client.close);
  assert.equal((await get(0, "/apis/v1/applications")).status, 404);
  assert.equal((await client.ask(`${cluster.urls[0]}/apis/v1/ping`, { method: "POST" })).status, 405);
  assert.equal((await get(0, "/apis/v1/cluster/events/summary?lastSyncTime=-1")).status, 400);
  assert.equal((await get(0, "/apis/v1/cluster/events/summary")).status, 200);
});

test("requests are recorded: who asked what on which connection", async () => {
  const { cluster, get } = await started({ controllers: 2 });
  await get(0, "/apis/v1/ping");
  await get(0, "/apis/v1/cluster/events/summary?lastSyncTime=5");
  await get(1, "/apis/v1/ping");
  cluster.controller(0).cutConnections();
  // The client may notice the cut only with its next request.
  await get(0, "/apis/v1/endpoints").catch(() => get(0, "/apis/v1/endpoints"));
  await cluster.waitFor((seen) => seen.length === 4 && seen.every((one) => one.status !== undefined));
  assert.deepEqual(
    cluster
      .requests()
      .map((one) => [one.number, one.controller, one.connection, one.call, one.path, one.query, one.status]),
    [
      [1, 0, 1, "ping", "/apis/v1/ping", {}, 200],
      [2, 0, 1, "events", "/apis/v1/cluster/events/summary", { lastSyncTime: "5" }, 200],
      [3, 1, 1, "ping", "/apis/v1/ping", {}, 400],
      [4, 0, 2, "endpoints", "/apis/v1/endpoints", {}, 200],
    ],
  );
  assert.equal(cluster.requests()[0]?.headers["accept"], "application/json");
  cluster.forgetRequests();
  assert.deepEqual(cluster.requests(), []);
});

test("waiting ends with the fact, with the deadline, or with the predicate's own error", async () => {
  const { cluster, get } = await started();
  const waiting = cluster.waitFor((seen) => seen.some((one) => one.status === 200));
  await get(0, "/apis/v1/ping");
  await waiting;
  await assert.rejects(
    cluster.waitFor(() => false, { deadlineMs: 20 }),
    /not so within 20 ms.*ping → 200/s,
  );
  await assert.rejects(
    cluster.waitFor(() => {
      throw new Error("own");
    }),
    /own/,
  );
});

const ipv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

test("an IPv6 address works too", { skip: ipv6 ? false : "this machine has no ::1" }, async () => {
  const { cluster, get } = await started({ host: "::1" });
  assert.match(cluster.urls[0] ?? "", /^http:\/\/\[::1\]:\d+$/);
  assert.equal((await get(0, "/apis/v1/ping")).status, 200);
});

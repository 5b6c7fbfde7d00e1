import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { request } from "undici";
import { startCluster } from "../../fake/drove-cluster.ts";
import { exposedApp } from "../../fake/exposed-app.ts";
import type { Fault } from "../../fake/faults.ts";
import { malformedApps, type WrongEnvelope, wrongEnvelopes } from "../../fake/malformed.ts";
import { eventually } from "../../image/support/eventually.ts";
import { createClient } from "./ask.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

const app = exposedApp({ name: "a" });
const pong = '{"status":"SUCCESS","data":"pong","message":"success"}';

async function started() {
  const cluster = await startCluster({ controllers: 2, apps: [app] });
  const client = createClient();
  cleanups.push(client.close, cluster.stop);
  const get = (path = "/apis/v1/ping", deadlineMs = 5000) => client.ask(`${cluster.urls[0]}${path}`, { deadlineMs });
  const withFault = (fault: Fault) => {
    cluster.controller(0).mend();
    cluster.controller(0).fault(fault);
  };
  return { cluster, controller: cluster.controller(0), get, withFault };
}

test("slow answers rightly, but late", async () => {
  const { get, withFault } = await started();
  withFault({ kind: "slow", ms: 60 });
  const before = performance.now();
  assert.equal((await get()).text, pong);
  assert.ok(performance.now() - before >= 55);
});

test("hang takes the request and never answers", async () => {
  const { controller, withFault, cluster } = await started();
  withFault({ kind: "hang" });
  const enough = new AbortController();
  const hanging = assert.rejects(request(`${controller.url}/apis/v1/ping`, { signal: enough.signal }), {
    name: "AbortError",
  });
  await eventually("it is taken", async () => cluster.requests().length > 0);
  enough.abort();
  await hanging;
  assert.deepEqual(
    cluster.requests().map((one) => [one.fault, one.status]),
    [["hang", undefined]],
  );
});

test("drip sends headers at once and the body byte by byte", async () => {
  const { controller, withFault, get } = await started();
  withFault({ kind: "drip", everyMs: 1 });
  assert.equal((await get()).text, pong);
  withFault({ kind: "drip", everyMs: 60_000 });
  // The first byte of the body is a minute away: what has come by then is the headers.
  const enough = new AbortController();
  const answer = await request(`${controller.url}/apis/v1/ping`, { signal: enough.signal });
  assert.equal(answer.statusCode, 200);
  const body = assert.rejects(answer.body.text(), { name: "AbortError" });
  enough.abort();
  await body;
});

test("close-mid-body and reset end the connection early", async () => {
  const { withFault, get } = await started();
  withFault({ kind: "close-mid-body" });
  await assert.rejects(get(), { code: "UND_ERR_SOCKET" });
  withFault({ kind: "reset" });
  await assert.rejects(get(), { code: "UND_ERR_SOCKET" });
});

test("garbage is called JSON and is none", async () => {
  const { withFault, get } = await started();
  withFault({ kind: "garbage" });
  const reply = await get();
  assert.deepEqual([reply.status, reply.headers["content-type"]], [200, "application/json"]);
  assert.throws(reply.json, SyntaxError);
  withFault({ kind: "garbage", text: "" });
  assert.equal((await get()).text, "");
});

test("every wrong envelope comes with 200", async () => {
  const { withFault, get } = await started();
  for (const envelope of Object.keys(wrongEnvelopes) as WrongEnvelope[]) {
    withFault({ kind: "wrong-envelope", envelope });
    const reply = await get("/apis/v1/endpoints");
    assert.deepEqual([reply.status, reply.json()], [200, wrongEnvelopes[envelope]]);
  }
});

test("wrong apps stand beside the true ones, and only in the endpoints", async () => {
  const { withFault, get, cluster } = await started();
  withFault({ kind: "wrong-apps" });
  const { data } = (await get("/apis/v1/endpoints")).json();
  assert.deepEqual(data, [...JSON.parse(JSON.stringify(malformedApps)), app]);
  assert.equal((await get()).text, pong);
  withFault({ kind: "wrong-apps", apps: [] });
  assert.deepEqual((await get("/apis/v1/endpoints")).json().data, [app]);
  cluster.electLeaders([]);
  assert.equal((await get("/apis/v1/endpoints")).status, 400);
});

test("huge is the right answer with too much in it", async () => {
  const { withFault, get } = await started();
  for (const length of ["announced", "chunked"] as const) {
    withFault({ kind: "huge", megabytes: 3, length });
    const reply = await get("/apis/v1/endpoints");
    assert.deepEqual(reply.json().data, [app]);
    assert.ok(reply.text.length > 3 * 1024 * 1024);
    assert.equal(reply.headers["content-length"], length === "announced" ? String(reply.text.length) : undefined);
  }
});

test("a client that leaves a huge answer does not hurt", async () => {
  const { withFault, controller, get } = await started();
  withFault({ kind: "huge", megabytes: 200, length: "chunked" });
  const answer = await request(`${controller.url}/apis/v1/endpoints`);
  answer.body.on("error", () => undefined).destroy();
  controller.mend();
  assert.equal((await get()).text, pong);
});

test("statuses, 401 and redirects", async () => {
  const { withFault, get, cluster } = await started();
  for (const code of [500, 503]) {
    withFault({ kind: "status", code, body: "out of order" });
    assert.deepEqual([(await get()).status, (await get()).text], [code, "out of order"]);
  }
  withFault({ kind: "unauthorized" });
  assert.equal((await get()).status, 401);
  withFault({ kind: "redirect", to: `${cluster.urls[1]}/apis/v1/ping` });
  const reply = await get();
  assert.deepEqual([reply.status, reply.headers["location"]], [302, `${cluster.urls[1]}/apis/v1/ping`]);
  assert.deepEqual(
    cluster.requests().filter((one) => one.controller === 1),
    [],
  );
});

test("gzip: claimed, unasked, a bomb", async () => {
  const { withFault, controller } = await started();
  const raw = async (how: "claimed" | "unasked" | "bomb") => {
    withFault({ kind: "gzip", how });
    const answer = await request(`${controller.url}/apis/v1/ping`);
    assert.equal(answer.headers["content-encoding"], "gzip");
    return Buffer.from(await answer.body.arrayBuffer());
  };
  assert.equal((await raw("claimed")).toString(), pong);
  assert.equal(gunzipSync(await raw("unasked")).toString(), pong);
  const bomb = await raw("bomb");
  assert.ok(bomb.length < 1024 * 1024);
  assert.equal(gunzipSync(bomb).length, 100 * 1024 * 1024);
});

test("a fault keeps to its calls and its times, and goes when mended", async () => {
  const { controller, get } = await started();
  controller.fault({ kind: "status", code: 500 }, { on: ["endpoints"], times: 1 });
  controller.fault({ kind: "status", code: 503 }, { on: ["endpoints", "events"] });
  const statuses = async () => {
    const replies = [await get(), await get("/apis/v1/endpoints"), await get("/apis/v1/cluster/events/summary")];
    return replies.map((reply) => reply.status);
  };
  assert.deepEqual(await statuses(), [200, 500, 503]);
  assert.deepEqual(await statuses(), [200, 503, 503]);
  controller.mend();
  assert.deepEqual(await statuses(), [200, 200, 200]);
});

test("stopping the cluster ends what hangs", async () => {
  const { withFault, cluster, get } = await started();
  withFault({ kind: "hang" });
  const hanging = assert.rejects(get(), { code: "UND_ERR_SOCKET" });
  await cluster.waitFor((seen) => seen.length === 1);
  await cluster.stop();
  await hanging;
});

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { afterEach, test } from "node:test";
import { inspect } from "node:util";
import { manyApps } from "../../fake/exposed-app.ts";
import type { Fault } from "../../fake/faults.ts";
import { thrown } from "../thrown.ts";
import { app, cleanUp, clientOf, later, started, urlOf } from "./started.ts";

afterEach(cleanUp);

const { signal } = new AbortController();

test("the leader answers each call, over one connection", async () => {
  const { client, cluster, url } = await started();
  assert.deepEqual(await client.ping(url, signal), { from: "leader", value: "pong" });
  assert.deepEqual(await client.eventSummary(url, 0, signal), {
    from: "leader",
    value: { eventsCount: {}, lastSyncTime: 0 },
  });
  const answer = await client.endpoints(url, signal);
  assert.ok(answer.from === "leader");
  assert.deepEqual(answer.value, { value: [{ ...app, tags: {} }], notes: [] });
  assert.deepEqual(new Set(cluster.requests().map(({ connection }) => connection)), new Set([1]));
});

test("calls say who they are and what they want", async () => {
  const { client, cluster, url } = await started();
  await client.eventSummary(url, 1_700_000_000_123, signal);
  const [request] = cluster.requests();
  assert.equal(request?.method, "GET");
  assert.equal(request?.headers["accept"], "application/json");
  assert.equal(request?.headers["user-agent"], "drove-gateway");
  assert.equal(request?.headers["accept-encoding"], undefined);
  assert.deepEqual(request?.query, { lastSyncTime: "1700000000123" });
});

test("a path in the controller's URL is kept, a slash at its end is not doubled", async () => {
  const { client, cluster, url } = await started();
  for (const end of ["/", "/prefix", "/prefix/"]) await client.ping(url + end, signal).catch(() => undefined);
  assert.deepEqual(
    cluster.requests().map(({ path }) => path),
    ["/apis/v1/ping", "/prefix/apis/v1/ping", "/prefix/apis/v1/ping"],
  );
});

test("a list that is the same again is the same object, others are not", async () => {
  const { client, cluster, url } = await started();
  const list = async () => {
    const answer = await client.endpoints(url, signal);
    assert.ok(answer.from === "leader");
    return answer.value;
  };
  const before = await list();
  assert.equal(await list(), before);
  cluster.apps.scale(app.appId, 2);
  assert.notEqual(await list(), before);
});

test("a standby's refusal is an answer, not an error", async () => {
  const { client, cluster } = await started({ cluster: { controllers: 2 } });
  const standby = { from: "standby", message: "This node is not the leader controller" };
  const url = urlOf(cluster, 1);
  assert.deepEqual(await client.ping(url, signal), standby);
  assert.deepEqual(await client.endpoints(url, signal), standby);
  assert.deepEqual(await client.eventSummary(url, 0, signal), standby);
});

test("credentials are accepted, and wrong ones are explained without being shown", async () => {
  const credentials = { user: "guest", pass: 'gu"e$st' };
  const { client, cluster, url } = await started({ cluster: { credentials }, namespace: credentials });
  await client.ping(url, signal);
  const other = clientOf({ drove: cluster.urls, user: "guest", pass: "wrong-password" });
  const error = await thrown(() => other.ping(url, signal));
  assert.equal(error.code, "controller-refused");
  assert.equal(
    error.message,
    `namespace blue, controller ${url}: 401 Unauthorized; check user and pass, or access_token, of namespace blue`,
  );
  assert.doesNotMatch(inspect(error, { depth: 10 }), /wrong-password/);
});

const faults: readonly [string, Fault, string, RegExp][] = [
  ["garbage", { kind: "garbage" }, "controller-garbage", /the answer is not JSON/],
  [
    "a FAILED with 200",
    { kind: "wrong-envelope", envelope: "failed" },
    "controller-garbage",
    /FAILED: Something is wrong/,
  ],
  [
    "a redirect",
    { kind: "redirect", to: "http://other.test/x?token=t" },
    "controller-refused",
    /redirects \(302\) to http:\/\/other\.test;/,
  ],
  [
    "403",
    { kind: "status", code: 403 },
    "controller-refused",
    /403 Forbidden; the user or access_token of namespace blue/,
  ],
  [
    "404",
    { kind: "status", code: 404 },
    "controller-refused",
    /404 Not Found for \/apis\/v1\/ping; check that the URL/,
  ],
  ["503", { kind: "status", code: 503, body: "x".repeat(300_000) }, "controller-refused", /with status 503/],
  [
    "503 with a page larger than an answer may be",
    { kind: "status", code: 503, body: "x".repeat(3_000_000) },
    "controller-refused",
    /with status 503/,
  ],
  ["a 400 that is not Drove's", { kind: "status", code: 400, body: "Bad" }, "controller-garbage", /not JSON/],
  ["a closed connection", { kind: "reset" }, "controller-unreachable", /closed the connection/],
  ["half an answer", { kind: "close-mid-body" }, "controller-unreachable", /before the answer was complete/],
  [
    "too much, announced",
    { kind: "huge", megabytes: 2, length: "announced" },
    "controller-garbage",
    /larger than max_response_mb = 1;/,
  ],
  [
    "too much, chunked",
    { kind: "huge", megabytes: 2, length: "chunked" },
    "controller-garbage",
    /larger than max_response_mb = 1;/,
  ],
  ["unasked gzip", { kind: "gzip", how: "unasked" }, "controller-garbage", /not JSON/],
  ["a gzip bomb", { kind: "gzip", how: "bomb" }, "controller-garbage", /not JSON/],
];

for (const [name, fault, code, message] of faults) {
  test(`${name} is an error that names namespace and controller; the next call is fine`, async () => {
    const { client, cluster, url } = await started();
    cluster.controller(0).fault(fault, { times: 1 });
    const error = await thrown(() => client.ping(url, signal));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.ok(error.message.startsWith(`namespace blue, controller ${url}: `), error.message);
    assert.deepEqual(error.facts, { namespace: "blue", endpoint: url, path: "/apis/v1/ping" });
    assert.equal((await client.ping(url, signal)).from, "leader");
  });
}

test("a list of apps that is none fails", async () => {
  const { client, cluster, url } = await started();
  cluster.controller(0).fault({ kind: "wrong-envelope", envelope: "data-object" });
  const error = await thrown(() => client.endpoints(url, signal));
  assert.equal(error.message, `namespace blue, controller ${url}: the answer has no list of apps in data`);
});

test("no answer, and one that drips, end at api_timeout", async () => {
  for (const fault of [{ kind: "hang" }, { kind: "drip", everyMs: 20 }] as const) {
    const { client, cluster, url } = await started({ settings: { api_timeout: 0.8 } });
    cluster.controller(0).fault(fault, { times: 1 });
    const before = performance.now();
    const error = await thrown(() => client.endpoints(url, signal));
    assert.ok(performance.now() - before < 4000);
    assert.equal(error.code, "controller-unreachable");
    assert.match(error.message, /no complete answer within api_timeout = 0\.8 s/);
    assert.equal((await client.ping(url, signal)).from, "leader");
  }
});

test("a controller that is away, a name that does not resolve", async () => {
  const { client, cluster, url } = await started();
  await cluster.controller(0).stop();
  const away = await thrown(() => client.ping(url, signal));
  assert.equal(away.code, "controller-unreachable");
  assert.match(away.message, /connection refused; is the controller running/);
  const nowhere = await thrown(() => client.ping("http://nowhere.invalid:10000", signal));
  assert.match(nowhere.message, /host name (does not resolve|cannot be resolved)/);
  await cluster.controller(0).start();
  assert.equal((await client.ping(url, signal)).from, "leader");
});

test("an abort ends the call at once", async () => {
  const { client, cluster, url } = await started();
  cluster.controller(0).fault({ kind: "hang" });
  const abort = new AbortController();
  const call = thrown(() => client.ping(url, abort.signal));
  await cluster.waitFor((seen) => seen.length === 1);
  abort.abort();
  await call;
});

test("credentials that a controller echoes do not get into the error", async () => {
  const { client, cluster, url } = await started({ namespace: { user: "guest", pass: "hunter22" } });
  const echo = JSON.stringify({ status: "FAILED", message: `bad Basic ${btoa("guest:hunter22")} hunter22` });
  cluster.controller(0).fault({ kind: "garbage", text: echo });
  const error = await thrown(() => client.ping(url, signal));
  assert.match(error.message, /says FAILED: bad Basic \[redacted\] \[redacted\]$/);
  assert.doesNotMatch(inspect(error, { depth: 10 }), /hunter22/);
  cluster.controller(0).mend();
  cluster.controller(0).fault({ kind: "status", code: 400, body: echo });
  assert.doesNotMatch(inspect(await client.ping(url, signal)), /hunter22/);
});

test("a server that does not speak HTTP is no controller", async () => {
  const server = createServer((socket) => socket.resume().end("220 mail.test ESMTP\r\n"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  later(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const url = `http://127.0.0.1:${address.port}`;
  const error = await thrown(() => clientOf({ drove: [url] }).ping(url, signal));
  assert.equal(error.code, "controller-garbage");
  assert.match(error.message, /the answer is not HTTP as it should be/);
});

test("1000 apps with 10 hosts fit and are read whole", async () => {
  const apps = manyApps(1000, { hostsPerApp: 10 });
  const { client, url } = await started({ cluster: { apps } });
  const answer = await client.endpoints(url, signal);
  assert.ok(answer.from === "leader");
  assert.equal(answer.value.value.length, 1000);
});

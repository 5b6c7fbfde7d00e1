import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { type TestContext, test } from "node:test";
import { AgentError } from "../../../agent/errors.ts";
import { type Api, startApi } from "../../../agent/status/http.ts";
import { createMetrics } from "../../../agent/status/metrics.ts";
import { apiOptions, clockAt, config, newBoard, recordingLogger, startedAt } from "./fixtures.ts";
import { rawClient } from "./raw-client.ts";

async function started(t: TestContext, changes: Parameters<typeof apiOptions>[0] = {}): Promise<Api> {
  const api = await startApi(apiOptions(changes));
  t.after(() => api.close());
  return api;
}

const limit = { timeout: 20_000 };

test("answers on the port it got, and HEAD like GET without a body", limit, async (t) => {
  const api = await started(t);
  assert.equal(api.url, `http://127.0.0.1:${api.address.port}`);
  const got = await fetch(`${api.url}/?x=1`);
  assert.equal(await got.text(), "version: 1.2.3\ncommit: abcdef0\ndate: 2026-01-01\n");
  assert.equal(got.headers.get("cache-control"), "no-store");
  const head = await fetch(`${api.url}/`, { method: "HEAD" });
  assert.equal(head.headers.get("content-length"), got.headers.get("content-length"));
  assert.equal(await head.text(), "");
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === "::1"));

test("listens on IPv6, with or without brackets", { ...limit, skip: !hasIpv6 }, async (t) => {
  for (const address of ["::1", "[::1]"]) {
    const api = await started(t, { config: () => ({ ...config(), address }) });
    assert.equal((await fetch(`${api.url}/v1/live`)).status, 200);
  }
});

test("the token travels in the header", limit, async (t) => {
  const api = await started(t, { config: () => config({ api_token: "sésame" }) });
  const token = Buffer.from("sésame").toString("latin1");
  assert.equal((await fetch(`${api.url}/v1/config`)).status, 401);
  const opened = await fetch(`${api.url}/v1/config`, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal(opened.status, 200);
});

test("a body is ignored and the connection serves the next request", limit, async (t) => {
  const client = await rawClient(t, await started(t));
  client.send("POST /v1/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  await client.received("queued\n");
  client.send("GET /v1/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  assert.match(await client.ended, /202 Accepted.*200 OK.*alive\n$/s);
});

test("a large body is refused unread and the connection closed", limit, async (t) => {
  let reloads = 0;
  const onReload = () => {
    reloads += 1;
    return "queued" as const;
  };
  const api = await started(t, { onReload });
  const declared = await rawClient(t, api);
  declared.send("POST /v1/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n");
  assert.match(await declared.ended, /^HTTP\/1.1 413 .*Connection: close/s);
  const chunked = await rawClient(t, api);
  chunked.send("POST /v1/reload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  chunked.send(`10001\r\n${"x".repeat(65_537)}`);
  assert.match(await chunked.ended, /^HTTP\/1.1 413 /);
  assert.equal(reloads, 0);
});

test("large headers are refused", limit, async (t) => {
  const client = await rawClient(t, await started(t));
  client.send(`GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${"x".repeat(9000)}\r\n\r\n`);
  assert.match(await client.ended, /^HTTP\/1.1 431 /);
});

for (const { name, sent, limits } of [
  { name: "says nothing", sent: "", limits: { headersMs: 100 } },
  { name: "never ends its headers", sent: "GET / HTTP/1.1\r\nHost: x\r\n", limits: { headersMs: 100 } },
  {
    name: "never ends its body",
    sent: "POST /v1/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe",
    limits: { headersMs: 100, requestMs: 200 },
  },
]) {
  test(`a client that ${name} is cut`, { timeout: 5_000 }, async (t) => {
    const client = await rawClient(t, await started(t, { limits }));
    if (sent !== "") client.send(sent);
    assert.doesNotMatch(await client.ended, /202/);
  });
}

test("a client that stops reading its answer is cut", limit, async (t) => {
  const bytes = 32 * 1024 * 1024;
  const late = Promise.withResolvers<void>();
  const clock = { ...clockAt(startedAt, 1000), sleep: () => late.promise };
  const huge = { ...newBoard(), build: { version: "x".repeat(bytes), commit: "", date: "" } };
  const api = await started(t, { board: () => huge, clock });
  const client = await rawClient(t, api);
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await client.received("version");
  client.socket.pause();
  late.resolve();
  // The server waits for the same promise, and did so first.
  await late.promise;
  client.socket.resume();
  assert.ok((await client.ended).length < bytes);
});

test("more connections than allowed are dropped", limit, async (t) => {
  const api = await started(t, { limits: { connections: 2 } });
  const kept = [await rawClient(t, api), await rawClient(t, api)];
  for (const client of kept) {
    client.send("GET /v1/live HTTP/1.1\r\nHost: x\r\n\r\n");
    await client.received("alive\n");
  }
  assert.equal(await (await rawClient(t, api)).ended, "");
  for (const client of kept) client.socket.destroy();
});

test("a source that fails is 500 and logged, and the next request is answered", limit, async (t) => {
  const logger = recordingLogger();
  let calls = 0;
  const board = () => {
    calls += 1;
    if (calls === 1) throw new Error("broken board");
    return newBoard();
  };
  const api = await started(t, { board, logger });
  const failed = await fetch(`${api.url}/`);
  assert.deepEqual([failed.status, await failed.text()], [500, "internal error\n"]);
  assert.match(logger.lines.join(), /broken board/);
  assert.equal((await fetch(`${api.url}/`)).status, 200);
});

test("a taken port is named, with its keys", limit, async (t) => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  t.after(() => other.close());
  const bound = other.address();
  assert.ok(bound !== null && typeof bound === "object");
  await assert.rejects(startApi(apiOptions({ config: () => ({ ...config(), port: bound.port }) })), (error) => {
    assert.ok(error instanceof AgentError);
    assert.equal(error.code, "listen-failed");
    const expected = `address "127.0.0.1" port ${bound.port}: another process has this port; set the keys address and port`;
    assert.ok(error.message.endsWith(expected), error.message);
    return true;
  });
});

test("an address that this machine does not have is named", limit, async () => {
  // 192.0.2.0/24 is for documentation only (RFC 5737).
  await assert.rejects(startApi(apiOptions({ config: () => ({ ...config(), address: "192.0.2.1" }) })), {
    code: "listen-failed",
    message: /address "192\.0\.2\.1" port 0: this machine does not have this address/,
  });
});

/** Metrics whose text is asked for, and then does not come until told. */
function gatedMetrics() {
  const asked = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<string>();
  const text = () => {
    asked.resolve();
    return gate.promise;
  };
  return { metrics: { ...createMetrics(), text }, asked: asked.promise, open: gate.resolve };
}

test("close ends idle connections, lets an answer in flight end, and then refuses", limit, async (t) => {
  const { metrics, asked, open } = gatedMetrics();
  const api = await started(t, { metrics });
  const idle = await rawClient(t, api);
  idle.send("GET /v1/live HTTP/1.1\r\nHost: x\r\n\r\n");
  await idle.received("alive\n");
  const client = await rawClient(t, api);
  client.send("GET /v1/metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  await asked;
  const closed = api.close();
  await idle.ended;
  open("the metrics\n");
  assert.match(await client.ended, /Connection: close.*the metrics\n$/s);
  await closed;
  await assert.rejects(fetch(`${api.url}/`));
});

test("close cuts what does not end in time", limit, async (t) => {
  const { metrics, asked } = gatedMetrics();
  const api = await started(t, { metrics, limits: { closeMs: 50 } });
  const client = await rawClient(t, api);
  client.send("GET /v1/metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  await asked;
  await api.close();
  assert.equal(await client.ended, "");
});

test("closing twice is harmless", limit, async (t) => {
  const api = await started(t);
  await Promise.all([api.close(), api.close()]);
  await api.close();
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, test } from "node:test";
import { request } from "undici";
import { makeCertificates } from "../../fake/certificates.ts";
import { type AppOptions, startApp } from "../../fake/demo-app.ts";
import { createClient } from "./ask.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

async function started(options: Partial<AppOptions> = {}) {
  const app = await startApp({ appId: "shop-2.1.0", instance: "i1", ...options });
  cleanups.push(app.stop);
  return app;
}

function client(ca?: string) {
  const made = createClient({ ca });
  cleanups.unshift(made.close);
  return made;
}

test("an app says who it is, in body and headers, and counts", async () => {
  const app = await started();
  const { ask } = client();
  const reply = await ask(`${app.url}/any?where=1`);
  const who = { appId: "shop-2.1.0", version: "2.1.0", instance: "i1" };
  assert.deepEqual(reply.json(), { ...who, path: "/any?where=1" });
  assert.deepEqual(
    ["x-app-id", "x-app-version", "x-instance-id"].map((name) => reply.headers[name]),
    ["shop-2.1.0", "2.1.0", "i1"],
  );
  assert.equal((await ask(`${app.url}//`)).status, 200);
  assert.equal(app.requests(), 2);
  assert.deepEqual(app.endpoint, { host: "127.0.0.1", port: Number(new URL(app.url).port), portType: "HTTP" });
});

test("it echoes headers and bodies, streams, fails and crashes on demand", async () => {
  const app = await started();
  const { ask } = client();
  assert.equal(JSON.parse((await ask(`${app.url}/headers`)).text).accept, "application/json");
  assert.equal((await ask(`${app.url}/echo`, { method: "POST", body: "hello" })).text, "hello");
  assert.equal((await ask(`${app.url}/stream?chunks=3&ms=1`)).text, "i1 1\ni1 2\ni1 3\n");
  assert.equal((await ask(`${app.url}/status?code=502`)).status, 502);
  await assert.rejects(ask(`${app.url}/crash`), { code: "UND_ERR_SOCKET" });
});

test("slow is slow, and is in flight meanwhile", async () => {
  const app = await started();
  const before = performance.now();
  const answer = client().ask(`${app.url}/slow?ms=80`);
  await until(() => app.inFlight() === 1);
  assert.equal((await answer).status, 200);
  assert.ok(performance.now() - before >= 75);
  await until(() => app.inFlight() === 0);
});

test("draining finishes what is in flight and takes no more", async () => {
  const app = await started();
  const { ask } = client();
  const slow = ask(`${app.url}/slow?ms=150`);
  await until(() => app.inFlight() === 1);
  const drained = app.drain();
  await assert.rejects(client().ask(app.url), { code: "ECONNREFUSED" });
  const reply = await slow;
  assert.deepEqual([reply.status, reply.headers["connection"]], [200, "close"]);
  assert.equal(await drained, "finished");
});

test("draining a stream whose headers are out ends with it", async () => {
  const app = await started();
  const { body } = await request(`${app.url}/stream?chunks=5&ms=20`);
  const drained = app.drain();
  assert.equal((await body.text()).trim().split("\n").length, 5);
  assert.equal(await drained, "finished");
});

test("draining cuts what is left at the deadline", async () => {
  const app = await started();
  const slow = assert.rejects(client().ask(`${app.url}/slow?ms=60000`), { code: "UND_ERR_SOCKET" });
  await until(() => app.inFlight() === 1);
  assert.equal(await app.drain({ deadlineMs: 50 }), "cut");
  await slow;
});

test("stopping cuts at once", async () => {
  const app = await started();
  const slow = assert.rejects(client().ask(`${app.url}/slow?ms=60000`), { code: "UND_ERR_SOCKET" });
  await until(() => app.inFlight() === 1);
  await app.stop();
  await slow;
});

test("HTTPS and HTTP/2 without TLS", async () => {
  const tls = makeCertificates();
  const secure = await started({ tls: tls.trusted });
  assert.equal((await client(tls.ca).ask(secure.url)).status, 200);
  assert.equal(secure.endpoint.portType, "HTTPS");
  const app = await started({ protocol: "h2c" });
  const session = connectHttp2(app.url);
  const stream = session.request({ ":path": "/echo", ":method": "POST", "content-type": "application/grpc" });
  stream.end("frame");
  const trailers = once(stream, "trailers");
  assert.equal(await text(stream), "frame");
  assert.equal((await trailers)[0]["grpc-status"], "0");
  assert.equal(await app.drain(), "finished");
  assert.ok(session.closed);
});

test("WebSocket messages of any usual size come back", async () => {
  const app = await started();
  const socket = new WebSocket(app.url.replace("http", "ws"));
  await once(socket, "open");
  for (const message of ["", "hello", "x".repeat(126), "y".repeat(60_000)]) {
    const back = once(socket, "message");
    socket.send(message);
    assert.equal((await back)[0].data, message);
  }
  const closed = once(socket, "close");
  socket.close(1000);
  assert.equal((await closed)[0].code, 1000);
  assert.equal(app.requests(), 1);
});

test("any other upgrade becomes a raw echo", async () => {
  const app = await started();
  const socket = connect(app.endpoint.port, app.endpoint.host);
  socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n");
  assert.match(String((await once(socket, "data"))[0]), /^HTTP\/1.1 101 .*x-instance-id: i1/s);
  socket.write("ping?");
  assert.equal(String((await once(socket, "data"))[0]), "ping?");
  socket.destroy();
});

/** Looks again each turn of the event loop until it is so, at most 5 s. */
async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 5000;
  while (!isSo()) {
    assert.ok(performance.now() < end, "not so within 5 s");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

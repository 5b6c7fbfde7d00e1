import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { Agent } from "undici";
import { exchange } from "../../../agent/exchange.ts";

async function serving(t: TestContext, answer: RequestListener) {
  const server: Server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const agent = new Agent({ connections: 1 });
  t.after(async () => {
    await agent.destroy();
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = (path: string, signal = new AbortController().signal) =>
    exchange(agent, { origin, path, method: "GET" }, signal);
  return { server, agent, ask };
}

test("an answer is there as a whole, however it arrives", async (t) => {
  const { ask } = await serving(t, (_, response) => {
    response.writeHead(503, { location: "elsewhere" }).write("one ");
    setImmediate(() => response.end("två"));
  });
  const { status, headers, body } = await ask("/");
  assert.deepEqual([status, headers["location"], body.toString()], [503, "elsewhere", "one två"]);
});

test("of a complaint no more is read than anybody needs, and the next question is asked anew", {
  timeout: 20_000,
}, async (t) => {
  const { ask } = await serving(t, ({ url }, response) => {
    if (url === "/well") response.end("x".repeat(300 * 1024));
    else {
      response.writeHead(503);
      const more = () => {
        response.write("no ".repeat(1000));
        if (!response.destroyed) setImmediate(more);
      };
      more();
    }
  });
  const { status, body } = await ask("/");
  assert.equal(status, 503);
  assert.ok(body.length >= 128 * 1024 && body.length < 1024 * 1024, `${body.length} bytes`);
  assert.equal((await ask("/well")).body.length, 300 * 1024);
});

test("an answer that is called off in its middle ends its connection", async (t) => {
  const { server, ask } = await serving(t, (_, response) => void response.write("for ever"));
  const stop = new AbortController();
  const connected = once(server, "connection");
  const asked = once(server, "request");
  const answer = ask("/", stop.signal);
  const [socket] = await connected;
  await asked;
  // A reset is as good an end.
  const closed = new Promise((resolve) => socket.once("close", resolve));
  stop.abort(new Error("enough"));
  await assert.rejects(answer, /^Error: enough$/);
  await closed;
});

test("what waits for a connection and is called off is never sent", async (t) => {
  const paths: (string | undefined)[] = [];
  const held: (() => void)[] = [];
  const { server, agent, ask } = await serving(t, ({ url }, response) => {
    paths.push(url);
    if (url === "/first") held.push(() => response.end());
    else response.end();
  });
  const asked = once(server, "request");
  const first = ask("/first");
  await asked;
  const stop = new AbortController();
  const second = ask("/second", stop.signal);
  const third = ask("/third");
  stop.abort(new Error("enough"));
  await assert.rejects(second, /^Error: enough$/);
  for (const end of held) end();
  await Promise.all([first, third]);
  assert.deepEqual(paths, ["/first", "/third"]);
  const dispatched = t.mock.method(agent, "dispatch").mock;
  await assert.rejects(ask("/fourth", stop.signal), /^Error: enough$/);
  assert.equal(dispatched.callCount(), 0);
});

test("an answer that breaks off is an error", async (t) => {
  const { ask } = await serving(t, (request, response) => {
    response.writeHead(200, { "content-length": "100" }).write("one");
    setImmediate(() => request.socket.destroy());
  });
  await assert.rejects(ask("/"), { code: "UND_ERR_SOCKET" });
});

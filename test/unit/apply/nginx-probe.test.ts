import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { probeGeneration } from "../../../agent/apply/nginx-probe.ts";

const generation = "0123456789abcdef";
const forever = new AbortController().signal;

/** Answers the questions by these, one after the other; counts them. */
async function answering(t: TestContext, ...listeners: readonly RequestListener[]) {
  const state = { asked: 0 };
  const server = createServer((request, response) => listeners[state.asked++]?.(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { address: { host: "127.0.0.1", port }, asked: () => state.asked };
}

const well: RequestListener = (request, response) => {
  response.statusCode = request.url === "/_gateway/generation" ? 200 : 404;
  response.end(generation);
};
const silent: RequestListener = () => undefined;

test("nginx says which generation it serves", async (t) => {
  const { address, asked } = await answering(t, well);
  assert.equal(await probeGeneration(address, forever), generation);
  assert.equal(asked(), 1);
});

test("who is late is asked once more", async (t) => {
  const { address, asked } = await answering(t, silent, well);
  assert.equal(await probeGeneration(address, forever), generation);
  assert.equal(asked(), 2);
});

test("who is late twice, answers something else, or hangs up, says nothing", async (t) => {
  const hung = await answering(t, silent, silent, well);
  assert.equal(await probeGeneration(hung.address, forever), undefined);
  assert.equal(hung.asked(), 2);
  const others: readonly RequestListener[] = [
    (_, response) => response.end("no generation"),
    (_, response) => response.end("x".repeat(10_000)),
    (_, response) => response.writeHead(404).end(generation),
    (request) => request.socket.destroy(),
  ];
  for (const other of others) {
    const { address, asked } = await answering(t, other, well);
    assert.equal(await probeGeneration(address, forever), undefined);
    assert.equal(asked(), 1);
  }
  assert.equal(await probeGeneration(hung.address, AbortSignal.abort()), undefined);
});

import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { test } from "node:test";
import { healthcheck } from "../../../agent/cli/healthcheck.ts";
import { makeCertificates } from "../../fake/certificates.ts";
import { configOf } from "../render/fixtures.ts";
import { listen } from "./listen.ts";

const answering =
  (status: number, text: string): RequestListener =>
  (request, response) => {
    response.writeHead(request.url === "/v1/ready" ? status : 404).end(text);
  };

const ask = (changes: Readonly<Record<string, unknown>>) => healthcheck(configOf(changes), AbortSignal.timeout(10_000));

test("an agent that is ready is well, whatever address it listens on", async (t) => {
  const port = await listen(t, createServer(answering(200, "ready\n")));
  for (const address of ["127.0.0.1", "0.0.0.0", "::", "", " [::] "])
    assert.deepEqual(await ask({ address, port }), { ok: true, text: "ready" });
});

test("one that is not ready is not, with its words", async (t) => {
  const port = await listen(t, createServer(answering(503, "no apply yet\n")));
  assert.deepEqual(await ask({ port }), { ok: false, text: "no apply yet" });
});

test("one with a certificate that names somebody else is asked all the same", async (t) => {
  const { wrongHost } = makeCertificates();
  const port = await listen(t, createTlsServer(wrongHost, answering(200, "ready")));
  const tls = { port_use_tls: true, port_tls_certfile: "c", port_tls_keyfile: "k" };
  assert.deepEqual(await ask({ port, ...tls }), { ok: true, text: "ready" });
});

test("one that is not there is told with its URL", async (t) => {
  const server = createServer();
  const port = await listen(t, server);
  server.close();
  const { ok, text } = await ask({ port });
  assert.equal(ok, false);
  assert.match(text, new RegExp(`^http://127\\.0\\.0\\.1:${port}/v1/ready: .*ECONNREFUSED`));
});

test("one that hangs is not waited for beyond the deadline", async (t) => {
  const server = createServer(() => undefined);
  t.after(() => server.closeAllConnections());
  const port = await listen(t, server);
  const { ok } = await healthcheck(configOf({ port }), AbortSignal.timeout(50));
  assert.equal(ok, false);
});

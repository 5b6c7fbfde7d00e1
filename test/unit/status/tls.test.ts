import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect, type SecureVersion } from "node:tls";
import type { ApiLimits } from "../../../agent/status/api-limits.ts";
import { type Api, startApi } from "../../../agent/status/http.ts";
import { makeCertificates } from "../../fake/certificates.ts";
import { apiOptions, config } from "./fixtures.ts";
import { rawClient } from "./raw-client.ts";

const { signal } = new AbortController();
const first = makeCertificates();
const second = makeCertificates();

/** A folder with certificate and key, and how to start the API with them. */
async function setUp(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "api-tls-"));
  t.after(() => rm(folder, { recursive: true }));
  const files = { port_tls_certfile: join(folder, "cert.pem"), port_tls_keyfile: join(folder, "key.pem") };
  const write = async ({ cert, key }: { readonly cert: string; readonly key: string }) => {
    await writeFile(files.port_tls_certfile, cert);
    await writeFile(files.port_tls_keyfile, key);
  };
  await write(first.trusted);
  const start = (changes: Readonly<Record<string, unknown>> = {}, limits: Partial<ApiLimits> = {}) =>
    startApi(apiOptions({ limits, config: () => ({ ...config(), port_use_tls: true, ...files, ...changes }), signal }));
  return { files, write, start };
}

function statusOf(api: Api, ca: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(`${api.url}/v1/live`, { ca, agent: false }, (response) => {
      response.resume().once("end", () => resolve(response.statusCode));
    }).once("error", reject);
  });
}

function handshake(api: Api, version: SecureVersion): Promise<string | null> {
  return new Promise((resolve, reject) => {
    // Level 0 lets the client offer what the server must refuse.
    const offer = { minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0", ca: first.ca };
    const socket = connect({ port: api.address.port, host: "127.0.0.1", ...offer });
    socket.once("secureConnect", () => {
      resolve(socket.getProtocol());
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

test("serves over TLS 1.2 and newer", { timeout: 20_000 }, async (t) => {
  const { start } = await setUp(t);
  const api = await start();
  t.after(() => api.close());
  assert.match(api.url, /^https:/);
  assert.equal(await statusOf(api, first.ca), 200);
  assert.equal(await handshake(api, "TLSv1.2"), "TLSv1.2");
  assert.equal(await handshake(api, "TLSv1.3"), "TLSv1.3");
  await assert.rejects(handshake(api, "TLSv1.1"));
});

test("a client that never ends its handshake is cut", { timeout: 20_000 }, async (t) => {
  const { start } = await setUp(t);
  const api = await start({}, { headersMs: 100 });
  t.after(() => api.close());
  assert.equal(await (await rawClient(t, api)).ended, "");
});

test("reads replaced files when told, and keeps the old ones if the new are bad", { timeout: 20_000 }, async (t) => {
  const { start, write } = await setUp(t);
  const api = await start();
  t.after(() => api.close());
  await write({ cert: second.trusted.cert, key: first.trusted.key });
  await assert.rejects(api.reloadTls(signal), { code: "config-invalid" });
  assert.equal(await statusOf(api, first.ca), 200);
  await write(second.trusted);
  await api.reloadTls(signal);
  assert.equal(await statusOf(api, second.ca), 200);
  await assert.rejects(statusOf(api, first.ca));
});

test("a file that cannot be read is named with its key", async (t) => {
  const { start, files } = await setUp(t);
  await rm(files.port_tls_keyfile);
  await assert.rejects(start(), {
    code: "config-unreadable",
    message: new RegExp(`^port_tls_keyfile ${files.port_tls_keyfile} cannot be read: ENOENT`),
  });
});

test("a certificate and key that do not belong together, or are none, are named", async (t) => {
  const { start, write, files } = await setUp(t);
  await write({ cert: first.trusted.cert, key: second.trusted.key });
  const named = `^port_tls_certfile ${files.port_tls_certfile} and port_tls_keyfile ${files.port_tls_keyfile} cannot be used: `;
  await assert.rejects(start(), { code: "config-invalid", message: new RegExp(`${named}.*mismatch`) });
  await write({ cert: "no certificate", key: "no key" });
  await assert.rejects(start(), { code: "config-invalid", message: new RegExp(named) });
});

test("TLS without files is a mistake in the configuration", async (t) => {
  const { start } = await setUp(t);
  await assert.rejects(start({ port_tls_certfile: "" }), {
    code: "config-invalid",
    message: "port_tls_certfile is not set, but port_use_tls is true",
  });
});

test("reloadTls does nothing without TLS", async (t) => {
  const { start } = await setUp(t);
  const api = await start({ port_use_tls: false, port_tls_certfile: "/nowhere" });
  t.after(() => api.close());
  await api.reloadTls(signal);
});

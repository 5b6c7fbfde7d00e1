import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { afterEach, test } from "node:test";
import tls from "node:tls";
import { makeCertificates } from "../../fake/certificates.ts";
import { thrown } from "../thrown.ts";
import { cleanUp, clientOf, started, temporaryFile } from "./started.ts";

afterEach(cleanUp);

const { signal } = new AbortController();

test("certificates are verified, against tls_ca_file when there is one", async () => {
  const tls = makeCertificates();
  const { client, cluster, url } = await started({ cluster: { tls } });
  const remedy =
    /certificate is not trusted .*; set tls_ca_file \(or tls_insecure_skip_verify = true\) for namespace blue$/;
  assert.match((await thrown(() => client.ping(url, signal))).message, remedy);
  const path = await temporaryFile(tls.ca);
  const trusting = () => clientOf({ drove: cluster.urls, tls_ca_file: path });
  assert.equal((await trusting().ping(url, signal)).from, "leader");
  for (const name of ["expired", "wrongHost", "selfSigned", "otherAuthority"] as const) {
    cluster.controller(0).present(name);
    const error = await thrown(() => trusting().ping(url, signal));
    assert.equal(error.code, "controller-unreachable", name);
    assert.match(error.message, remedy, name);
    const careless = clientOf({ drove: cluster.urls, tls_insecure_skip_verify: true });
    assert.equal((await careless.ping(url, signal)).from, "leader");
  }
});

test("a controller that speaks TLS 1.1 only is not spoken to, whatever Node's own floor is", async (t) => {
  const usual = { DEFAULT_MIN_VERSION: tls.DEFAULT_MIN_VERSION, DEFAULT_CIPHERS: tls.DEFAULT_CIPHERS };
  t.after(() => Object.assign(tls, usual));
  // As with NODE_OPTIONS=--tls-min-v1.0 and an OpenSSL that allows it.
  Object.assign(tls, { DEFAULT_MIN_VERSION: "TLSv1", DEFAULT_CIPHERS: "DEFAULT:@SECLEVEL=0" });
  const certificates = makeCertificates();
  let agreed = 0;
  const old = tls.createServer({ ...certificates.trusted, maxVersion: "TLSv1.1" }, (socket) => {
    agreed += 1;
    socket.end();
  });
  old.on("tlsClientError", () => undefined);
  await once(old.listen(0, "127.0.0.1"), "listening");
  t.after(() => old.close());
  const { port } = old.address() as AddressInfo;
  const speaks = tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  await once(speaks, "secureConnect");
  assert.equal(speaks.getProtocol(), "TLSv1.1");
  speaks.destroy();
  const url = `https://127.0.0.1:${port}`;
  const client = clientOf({ drove: [url], tls_insecure_skip_verify: true });
  assert.equal((await thrown(() => client.ping(url, signal))).code, "controller-unreachable");
  assert.equal(agreed, 1);
});

test("a tls_ca_file that is renewed is read again", async () => {
  const [old, renewed] = [makeCertificates(), makeCertificates()];
  const path = await temporaryFile(old.ca);
  const { client, url } = await started({ cluster: { tls: renewed }, namespace: { tls_ca_file: path } });
  await thrown(() => client.ping(url, signal));
  await writeFile(path, renewed.ca);
  assert.equal((await client.ping(url, signal)).from, "leader");
});

test("a tls_ca_file that is missing or none is named, and mended without a restart", async () => {
  const tls = makeCertificates();
  const path = await temporaryFile("not a certificate");
  const { client, cluster, url } = await started({ cluster: { tls }, namespace: { tls_ca_file: path } });
  const wrong = await thrown(() => client.ping(url, signal));
  assert.equal(wrong.code, "config-invalid");
  assert.match(wrong.message, /tls_ca_file of namespace blue: .* holds no certificate in PEM form/);
  await writeFile(path, tls.ca);
  assert.equal((await client.ping(url, signal)).from, "leader");
  const missing = clientOf({ drove: cluster.urls, tls_ca_file: `${path}.missing` });
  const error = await thrown(() => missing.ping(url, signal));
  assert.equal(error.code, "config-unreadable");
  assert.match(error.message, /ca\.pem\.missing cannot be read: ENOENT/);
});

test("http:// for a controller with TLS, and https:// for one without, are told apart from other failures", async () => {
  const secure = await started({ cluster: { tls: makeCertificates() } });
  const plain = await started();
  const toSecure = await thrown(() => plain.client.ping(secure.url.replace("https:", "http:"), signal));
  assert.match(toSecure.message, /use https:\/\/ in its URL/);
  const toPlain = await thrown(() => secure.client.ping(plain.url.replace("http:", "https:"), signal));
  assert.match(toPlain.message, /use http:\/\/ in its URL/);
});

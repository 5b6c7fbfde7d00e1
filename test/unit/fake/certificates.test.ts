import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { afterEach, test } from "node:test";
import { type CertificateName, makeCertificates } from "../../fake/certificates.ts";
import { startCluster } from "../../fake/drove-cluster.ts";
import { createClient } from "./ask.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

test("the trusted certificate is for the hosts it was made for", () => {
  const { ca, trusted } = makeCertificates({ hosts: ["drove.example", "10.1.2.3", "fd00::1:2", "::1"] });
  const certificate = new X509Certificate(trusted.cert);
  assert.ok(certificate.checkIssued(new X509Certificate(ca)));
  assert.ok(certificate.verify(new X509Certificate(ca).publicKey));
  assert.equal(certificate.checkHost("drove.example"), "drove.example");
  assert.equal(certificate.checkHost("other.example"), undefined);
  for (const address of ["10.1.2.3", "fd00::1:2", "::1"]) assert.equal(certificate.checkIP(address), address);
  assert.equal(certificate.ca, false);
  assert.equal(new X509Certificate(ca).ca, true);
});

const refusals: Readonly<Record<Exclude<CertificateName, "trusted">, string>> = {
  selfSigned: "DEPTH_ZERO_SELF_SIGNED_CERT",
  expired: "CERT_HAS_EXPIRED",
  wrongHost: "ERR_TLS_CERT_ALTNAME_INVALID",
  otherAuthority: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
};

test("a controller shows any of the certificates, and clients tell them apart", async () => {
  const cluster = await startCluster({ tls: makeCertificates() });
  const client = createClient({ ca: cluster.ca });
  cleanups.push(client.close, cluster.stop);
  const ping = () => client.ask(`${cluster.urls[0]}/apis/v1/ping`);
  assert.match(cluster.urls[0] ?? "", /^https:/);
  assert.equal((await ping()).status, 200);
  for (const [name, code] of Object.entries(refusals)) {
    const fresh = createClient({ ca: cluster.ca });
    cluster.controller(0).present(name as CertificateName);
    await assert.rejects(fresh.ask(`${cluster.urls[0]}/apis/v1/ping`), { code });
    await fresh.close();
  }
  cluster.controller(0).present("trusted");
  const fresh = createClient({ ca: cluster.ca });
  cleanups.push(fresh.close);
  assert.equal((await fresh.ask(`${cluster.urls[0]}/apis/v1/ping`)).status, 200);
});

test("without the authority the trusted one is refused too; over HTTP there is none to show", async () => {
  const secure = await startCluster({ tls: makeCertificates() });
  const open = await startCluster();
  const client = createClient();
  cleanups.push(client.close, secure.stop, open.stop);
  await assert.rejects(client.ask(`${secure.urls[0]}/apis/v1/ping`), { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  assert.throws(() => open.controller(0).present("expired"), /start it with tls/);
});

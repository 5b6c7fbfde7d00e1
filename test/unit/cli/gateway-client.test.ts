import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { join } from "node:path";
import { test } from "node:test";
import { askGateway } from "../../../agent/cli/gateway-client.ts";
import { makeCertificates } from "../../fake/certificates.ts";
import { newFolder } from "../apply/folder.ts";
import { configOf } from "../render/fixtures.ts";
import { listen } from "./listen.ts";

/** Tells what it was asked. */
const echo: RequestListener = ({ method, url, headers }, response) => {
  response.end(JSON.stringify({ method, url, authorization: headers.authorization }));
};

test("a question carries its method, its query and the token", async (t) => {
  const port = await listen(t, createServer(echo));
  const config = configOf({ port, api_token: "pässword" });
  const query = { for: "2h", reason: "a & b", other: undefined };
  const { authorization, ...asked } = await askGateway<Record<string, string>>(config, {
    method: "POST",
    path: "/v1/freeze",
    query,
  });
  assert.deepEqual(asked, { method: "POST", url: "/v1/freeze?for=2h&reason=a+%26+b" });
  assert.equal(Buffer.from(authorization ?? "", "latin1").toString(), "Bearer pässword");
  assert.deepEqual(await askGateway(configOf({ port }), { method: "GET", path: "/v1/plan" }), {
    method: "GET",
    url: "/v1/plan",
  });
});

test("a no is told in the gateway's words", async (t) => {
  const port = await listen(
    t,
    createServer((_, response) => response.writeHead(409).end("not now\n")),
  );
  const asked = askGateway(configOf({ port }), { method: "GET", path: "/v1/diff" });
  await assert.rejects(asked, { code: "gateway-refused", message: "the gateway answers: not now" });
});

test("the token goes to the agent's own certificate only, whichever name that is for", async (t) => {
  const { wrongHost, otherAuthority: other } = makeCertificates();
  const folder = await newFolder(t);
  const port = await listen(t, createTlsServer(wrongHost, echo));
  const configWith = async (cert: string) => {
    const path = join(folder, "cert.pem");
    await writeFile(path, cert);
    return configOf({ port, port_use_tls: true, port_tls_certfile: path, port_tls_keyfile: "k", api_token: "t" });
  };
  const question = { method: "GET", path: "/v1/plan" } as const;
  assert.equal(
    (await askGateway<Record<string, string>>(await configWith(wrongHost.cert), question))["authorization"],
    "Bearer t",
  );
  await assert.rejects(askGateway(await configWith(other.cert), question), {
    code: "gateway-unreachable",
    message: /certificate/,
  });
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { test } from "node:test";
import { atLeast } from "../../agent/render/helpers.ts";
import { exposedApp } from "../fake/exposed-app.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { nginxVersion } from "./support/proxy.ts";

/** Older nginx knows `http2` only as a part of `listen`, where it would end HTTP/1.1 for all vhosts. */
const speaksHttp2 = atLeast(nginxVersion, [1, 25, 1]);
const call = { "content-type": "application/grpc", te: "trailers" };

test("an app with the tag protocol=grpc is asked by HTTP/2, and its neighbours are not", async (t) => {
  const apps = [exposedApp({ name: "rpc", tags: { protocol: "grpc" } }), exposedApp({ name: "shop" })];
  const gateway = await openGateway(t, { apps });
  await gateway.instance("rpc-1.0.0", { protocol: "h2c" });
  const shop = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", shop);
  await gateway.inStep();

  // The app speaks nothing but HTTP/2: any answer proves that nginx does, too.
  const body = "0123456789";
  const overOne = await gateway.visit("rpc.test", { path: "/echo", method: "POST", headers: call, body });
  assert.equal(overOne.status, 200);
  assert.equal(overOne.body, body);
  assert.equal((await gateway.visit("shop.test")).status, 200);
  assert.equal(await grpcStatus(gateway, body).catch(() => "no HTTP/2"), speaksHttp2 ? "0" : "no HTTP/2");
});

/** A call as a gRPC client makes it; the trailer that tells how it went. */
async function grpcStatus({ ports }: Gateway, body: string): Promise<string> {
  const session = connect(`http://127.0.0.1:${ports.proxy}`);
  try {
    const failed = once(session, "error").then(([error]) => Promise.reject(error));
    const stream = session.request({ ":method": "POST", ":path": "/echo", ":authority": "rpc.test", ...call });
    const trailers = once(stream, "trailers", { signal: AbortSignal.timeout(5000) });
    stream.resume().end(body);
    const [got] = await Promise.race([trailers, failed]);
    return String(got["grpc-status"]);
  } finally {
    session.destroy();
  }
}

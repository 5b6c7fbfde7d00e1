import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { type TestContext, test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { newestNginx } from "./support/newest-nginx.ts";
import { openWebSocket } from "./support/websocket.ts";

const nginxProgram = newestNginx();
const shop = exposedApp({ name: "shop" });

async function learned(gateway: Gateway): Promise<void> {
  await eventually("nginx has learned its servers", async () =>
    (await gateway.api("/v1/metrics")).body.includes('reloads_total{reason="servers-learned"} 1'),
  );
  await eventually("old workers have gone", async () => (await gateway.nginx().oldWorkers()).length === 0);
}

/** Opens a WebSocket, and has nginx reload beneath it: one earlier generation more. */
async function pinGeneration(t: TestContext, { gateway, name }: { readonly gateway: Gateway; readonly name: string }) {
  const socket = await openWebSocket({ port: gateway.ports.proxy, vhost: "shop.test" });
  t.after(() => socket.close());
  const before = (await gateway.metric("drove_gateway_old_generations")) ?? 0;
  gateway.cluster.apps.add(exposedApp({ name }));
  await gateway.inStep();
  await eventually("there is one earlier generation more", async () => {
    await gateway.turned();
    return (await gateway.metric("drove_gateway_old_generations")) === before + 1;
  });
}

test("instances come and go while a reload waits for old workers", async (t) => {
  const settings = { max_old_workers: 1, max_reload_delay_sec: 60 };
  const gateway = await openGateway(t, { nginxProgram, apps: [shop], settings });
  const first = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", first);
  await learned(gateway);
  await pinGeneration(t, { gateway, name: "one" });
  await pinGeneration(t, { gateway, name: "two" });
  const workers = await gateway.nginx().workers();
  gateway.cluster.apps.add(exposedApp({ name: "three" }));
  await gateway.agent().says("reloads wait for old workers");
  const second = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", second);
  gateway.cluster.apps.kill("shop-1.0.0", first.endpoint);
  await eventually("only the second one serves", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.visit("shop.test")));
    return answers.every((one) => one.headers["x-instance-id"] === second.instance);
  });
  gateway.cluster.apps.kill("shop-1.0.0", second.endpoint);
  await gateway.answers("shop.test", 503);
  const third = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", third);
  const text = await readFile(gateway.files.config, "utf8");
  const seeds = text.match(/gw_shop\.test\.gateway\.internal[^\n]*\n((?:[^\n]*#drove-gateway-seed\n)*)/)?.[1] ?? "";
  const { port } = third.endpoint;
  assert.match(seeds, new RegExp(`^ *server 127\\.0\\.0\\.1:${port} [^\\n]*\\n$`));
  assert.doesNotMatch(text, /three\.test/);
  assert.deepEqual(await gateway.nginx().workers(), workers);
});

/*
 * Starts the whole container once while its image is built, with a controller of its own, until the proxy serves; then
 * stops it. start.cjs keeps what V8 compiled for that, so that later starts need not compile it again.
 */
"use strict";
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const { createServer, get } = require("node:http");
const { setTimeout: sleep } = require("node:timers/promises");

const withinMs = 60_000;
const host = "warm-up.test";
const app = {
  appId: "warm-up-1",
  appName: "warm-up",
  vhost: host,
  tags: {},
  hosts: [{ host: "127.0.0.1", port: 9, portType: "http" }],
};
const answers = [
  ["/ping", "pong"],
  ["/endpoints", [app]],
  ["/events/summary", { eventsCount: {}, lastSyncTime: 1 }],
];

main().catch((error) => {
  console.error(`warm-up: ${error.message}`);
  process.exitCode = 1;
});

async function main() {
  const controller = await listening(createServer(answer));
  const [proxyPort, apiPort, statusPort] = await freePorts(3);
  const container = spawn("/init", {
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...process.env,
      DROVE_CONTROLLERS: `http://127.0.0.1:${controller.address().port}`,
      DROVE_GATEWAY_PORT: String(apiPort),
      DROVE_GATEWAY_ADDRESS: "127.0.0.1",
      DROVE_GATEWAY_PROXY_PORT: String(proxyPort),
      DROVE_GATEWAY_NGINX_STATUS_ADDRESS: `127.0.0.1:${statusPort}`,
    },
  });
  const ended = once(container, "exit");
  try {
    await until(async () => (await statusOf(apiPort, "/v1/ready")) === 200);
  } finally {
    container.kill("SIGTERM");
    const [code] = await ended;
    if (code !== 0) process.exitCode = 1;
    controller.close();
    controller.closeAllConnections();
  }
}

function answer(request, response) {
  const [, data] = answers.find(([path]) => request.url.includes(path)) ?? [];
  response.writeHead(data === undefined ? 404 : 200, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ status: "SUCCESS", data }));
}

async function listening(server) {
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, () => listening(createServer())));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

function statusOf(port, path) {
  return new Promise((resolve) => {
    const asked = get({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on("error", () => resolve(undefined));
  });
}

async function until(fact) {
  const end = performance.now() + withinMs;
  while (!(await fact())) {
    if (performance.now() > end) throw new Error(`the proxy did not serve within ${withinMs / 1000} s`);
    await sleep(20);
  }
}

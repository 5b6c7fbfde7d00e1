import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { startApp } from "../fake/demo-app.ts";
import { startCluster } from "../fake/drove-cluster.ts";
import { exposedApp } from "../fake/exposed-app.ts";
import { ask } from "./ask.ts";
import { type Figure, median } from "./figures.ts";
import { freePorts, until } from "./processes.ts";

const rounds = 31;
const image = process.env["DROVE_GATEWAY_BENCH_IMAGE"] ?? "drove-gateway-test:nginx";
const bareImage = "nginx:1.30-trixie";

/** From `docker run` to the first answer of an app, against `docker run` of the bare proxy. Needs the test images. */
export async function benchStart(): Promise<readonly Figure[]> {
  const app = await startApp({ appId: "probe-1", version: "1", instance: "blue" });
  const cluster = await startCluster({ apps: [exposedApp({ name: "probe", hosts: [app.endpoint] })] });
  const ours: number[] = [];
  const bare: number[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      ours.push(await timeGateway(cluster.urls));
      bare.push(await timeBare(app.endpoint.port));
    }
  } finally {
    await cluster.stop();
    await app.stop();
  }
  return [
    {
      name: "docker run to the first 200",
      unit: "ms",
      ours: median(ours),
      floor: median(bare),
      limit: 2,
      sense: "at-most",
    },
  ];
}

async function timeGateway(controllers: readonly string[]): Promise<number> {
  const [proxyPort = 0, apiPort = 0, statusPort = 0] = await freePorts(3);
  const variables = {
    DROVE_CONTROLLERS: controllers.join(","),
    DROVE_GATEWAY_PORT: String(apiPort),
    DROVE_GATEWAY_PROXY_PORT: String(proxyPort),
    DROVE_GATEWAY_NGINX_STATUS_ADDRESS: `127.0.0.1:${statusPort}`,
  };
  const env = Object.entries(variables).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
  return await timeRun(["run", "-d", "--rm", "--network", "host", ...env, image], proxyPort);
}

async function timeBare(backend: number): Promise<number> {
  const [port = 0] = await freePorts(1);
  const text = `events {} http { server { listen ${port}; location / { proxy_pass http://127.0.0.1:${backend}; } } }`;
  const command = ["sh", "-c", `echo '${text}' >/tmp/n.conf; exec nginx -c /tmp/n.conf -g 'daemon off;'`];
  return await timeRun(["run", "-d", "--rm", "--network", "host", bareImage, ...command], port);
}

async function timeRun(args: readonly string[], port: number): Promise<number> {
  const begun = performance.now();
  const id = execFileSync("docker", args, { encoding: "utf8" }).trim();
  try {
    await until(async () => (await ask(port, "probe.test")) === "blue", { what: "the first 200", withinMs: 30_000 });
    return performance.now() - begun;
  } finally {
    execFileSync("docker", ["rm", "-f", id], { stdio: "ignore" });
    await sleep(200);
  }
}

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startCluster } from "../fake/drove-cluster.ts";
import { exposedApp, exposedHost } from "../fake/exposed-app.ts";
import { startBackend } from "./backend.ts";
import type { Figure } from "./figures.ts";
import {
  type Layout,
  makeFolder,
  makeLayout,
  startAgent,
  startNginx,
  stopChild,
  stopNginx,
  until,
} from "./processes.ts";
import { runWrk, type WrkResult } from "./wrk.ts";

const changes = 100;
const paceMs = 350;
const seconds = Math.ceil((changes * paceMs) / 1000) + 5;

/**
 * Requests lost under constant load while instances come and go 100 times: each change is a reload. The floor is the
 * same load while a bare script signals the master as often. nginx of Debian trixie (1.26) and forky (1.30).
 */
export async function benchLoad(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const { suite, nginx } of nginxVersions()) {
    for (const keepAlive of [false, true]) {
      const [ours, bare] = await compare(nginx, keepAlive);
      const none = !keepAlive || suite === "forky";
      const name = `requests lost in ${changes} changes, ${suite}, ${keepAlive ? "keep-alive" : "close"} (of ${ours.requests})`;
      console.log(`  bare reloads: ${bare.lost} lost of ${bare.requests}`);
      figures.push({
        name,
        unit: "",
        ours: ours.lost,
        floor: none ? undefined : bare.lost,
        limit: none ? 0 : 1.15,
        sense: "at-most",
      });
    }
  }
  return figures;
}

function nginxVersions(): readonly { readonly suite: string; readonly nginx: string }[] {
  const script = join(import.meta.dirname, "..", "nginx-versions.sh");
  const lines = execFileSync("bash", [script], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })
    .trim()
    .split("\n");
  return lines.map((line) => {
    const [suite = "", nginx = ""] = line.split(" ");
    return { suite, nginx };
  });
}

async function compare(nginx: string, keepAlive: boolean): Promise<readonly [WrkResult, WrkResult]> {
  const folder = makeFolder();
  const backend = await startBackend(8);
  const hosts = (turn: number) => [0, 1, 2].map((offset) => exposedHost(backend.ports[(turn + offset) % 8] ?? 0));
  const cluster = await startCluster({ apps: [exposedApp({ name: "load", hosts: hosts(0) })] });
  const layout = await makeLayout(folder.path, {
    controllers: cluster.urls,
    nginx,
    extra: 'event_refresh_interval_sec = 0.1\nnginx_upstream_updates = "reload"',
  });
  const agent = startAgent(layout);
  try {
    await until(() => existsSync(layout.configFile), { what: "first configuration", withinMs: 30_000 });
    startNginx(nginx, layout.configFile);
    const ready = async () => (await fetch(`http://127.0.0.1:${layout.apiPort}/v1/ready`)).status === 200;
    await until(ready, { what: "ready", withinMs: 30_000, everyMs: 50 });
    const load = { port: layout.proxyPort, host: "load.test", seconds, connections: 20, keepAlive };
    const ours = await during(load, async (turn) => {
      cluster.apps.replace([exposedApp({ name: "load", hosts: hosts(turn) })]);
    });
    const reloads = await reloadsOf(layout);
    if (reloads < changes * 0.9) throw new Error(`only ${reloads} reloads for ${changes} changes`);
    await stopChild(agent);
    const master = Number(readFileSync(layout.pidFile, "utf8"));
    const bare = await during(load, async () => {
      process.kill(master, "SIGHUP");
    });
    return [ours, bare];
  } finally {
    await stopChild(agent);
    await stopNginx(layout.pidFile);
    await cluster.stop();
    await backend.stop();
    folder.dispose();
  }
}

async function during(load: Parameters<typeof runWrk>[0], change: (turn: number) => Promise<void>): Promise<WrkResult> {
  const counted = runWrk(load);
  await sleep(1000);
  for (let turn = 1; turn <= changes; turn++) {
    await change(turn);
    await sleep(paceMs);
  }
  return await counted;
}

async function reloadsOf(layout: Layout): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${layout.apiPort}/v1/metrics`)).text();
  return Number(/^drove_gateway_reloads_successful (\d+)/m.exec(text)?.[1] ?? 0);
}

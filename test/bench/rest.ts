import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startCluster } from "../fake/drove-cluster.ts";
import { exposedApp, exposedHost, manyApps } from "../fake/exposed-app.ts";
import type { Figure } from "./figures.ts";
import {
  cpuOf,
  makeFolder,
  makeLayout,
  residentOf,
  startAgent,
  startNginx,
  stopChild,
  stopNginx,
  until,
} from "./processes.ts";

/** What the agent costs while nothing changes, at 5000 × 10 and the default interval, a full resync included. */
export async function benchRest(nginx: string): Promise<readonly Figure[]> {
  const seconds = 75;
  const used = await withAgent({ nginx, vhosts: 5000 }, async ({ pid }) => {
    await sleep(5000);
    const before = cpuOf(pid);
    await sleep(seconds * 1000);
    return cpuOf(pid) - before;
  });
  return [
    {
      name: `agent at rest, 5000 × 10, ${seconds} s`,
      unit: "% core",
      ours: used / seconds / 10,
      floor: undefined,
      limit: 1,
      sense: "at-most",
    },
  ];
}

/** Resident memory at 1000 × 10, and after many changes. */
export async function benchMemory(nginx: string): Promise<readonly Figure[]> {
  const resident = await withAgent({ nginx, vhosts: 1000 }, async ({ pid }) => {
    await sleep(15_000);
    return residentOf(pid);
  });
  return [
    {
      name: "agent's resident memory, 1000 × 10",
      unit: "MiB",
      ours: resident,
      floor: undefined,
      limit: 110,
      sense: "at-most",
    },
  ];
}

/** Memory after 10,000 changes against that after 2,000; nginx itself is left out, its reloads would take hours. */
export async function benchFlatMemory(): Promise<readonly Figure[]> {
  const folder = makeFolder();
  const cluster = await startCluster({ apps: manyApps(100, { hostsPerApp: 10 }) });
  const layout = await makeLayout(folder.path, {
    controllers: cluster.urls,
    nginx: "/bin/true",
    extra: "nginx_ignore_check = true",
  });
  const agent = startAgent(layout);
  try {
    await until(() => existsSync(layout.configFile), { what: "first configuration", withinMs: 30_000 });
    const samples: number[] = [];
    for (let change = 1; change <= 10_000; change++) {
      cluster.apps.replace([
        ...manyApps(99, { hostsPerApp: 10 }),
        exposedApp({ name: "probe", hosts: [exposedHost(20_000 + (change % 30_000))] }),
      ]);
      const { number = 0 } = cluster.requests().at(-1) ?? {};
      await fetch(`http://127.0.0.1:${layout.apiPort}/v1/reload`, { method: "POST" });
      await cluster.waitFor(
        (seen) => seen.some((one) => one.number > number && one.call === "endpoints" && one.status === 200),
        { deadlineMs: 30_000 },
      );
      if (change !== 2000 && change !== 10_000) continue;
      // Long enough for the agent to give back what is only garbage; what is left then has leaked.
      await sleep(8000);
      samples.push(residentOf(agent.pid ?? 0));
    }
    const [early = 0, late = 0] = samples;
    return [
      {
        name: "resident memory after 10,000 changes against 2,000",
        unit: "MiB",
        ours: late,
        floor: early,
        limit: 1.1,
        sense: "at-most",
      },
    ];
  } finally {
    await stopChild(agent);
    await cluster.stop();
    folder.dispose();
  }
}

async function withAgent<T>(
  options: { readonly nginx: string; readonly vhosts: number },
  measure: (running: { readonly pid: number }) => Promise<T>,
): Promise<T> {
  const folder = makeFolder();
  const cluster = await startCluster({ apps: manyApps(options.vhosts, { hostsPerApp: 10 }) });
  const layout = await makeLayout(folder.path, { controllers: cluster.urls, nginx: options.nginx });
  const agent = startAgent(layout);
  try {
    await until(() => existsSync(layout.configFile), { what: "first configuration", withinMs: 60_000 });
    startNginx(options.nginx, layout.configFile);
    const ready = async () => (await fetch(`http://127.0.0.1:${layout.apiPort}/v1/ready`)).status === 200;
    await until(ready, { what: "ready", withinMs: 60_000, everyMs: 100 });
    return await measure({ pid: agent.pid ?? 0 });
  } finally {
    await stopChild(agent);
    await stopNginx(layout.pidFile);
    await cluster.stop();
    folder.dispose();
  }
}

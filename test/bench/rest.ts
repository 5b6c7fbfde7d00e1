import { appendFileSync, existsSync } from "node:fs";
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

const changes = 10_000;
const sampleEvery = 1000;
/** Namespaces change side by side, since each is asked for events ten times a second at most. */
const clusters = 5;

/**
 * Memory over 10,000 changes that arrive as in production, as events; nginx itself is left out, its reloads would take
 * hours. Prints every sample, so that a slope is seen, and compares the last with that after 2,000.
 */
export async function benchFlatMemory(): Promise<readonly Figure[]> {
  const folder = makeFolder();
  const sources = await Promise.all(
    Array.from({ length: clusters }, (_, index) => startCluster({ apps: appsOf(index, 0) })),
  );
  const layout = await makeLayout(folder.path, {
    controllers: sources[0]?.urls ?? [],
    nginx: "/bin/true",
    extra: "nginx_ignore_check = true\nevent_refresh_interval_sec = 0.1",
  });
  const others = sources.slice(1).map((one, index) => {
    return `[[namespaces]]\nname = "bench-${index + 1}"\ndrove = ${JSON.stringify(one.urls)}\n`;
  });
  appendFileSync(layout.toml, others.join(""));
  const agent = startAgent(layout);
  try {
    await until(() => existsSync(layout.configFile), { what: "first configuration", withinMs: 30_000 });
    const rest = () => memoryAtRest({ pid: agent.pid ?? 0, apiPort: layout.apiPort });
    const samples = new Map([[0, await rest()]]);
    for (let done = 0; done < changes; done += sampleEvery) {
      await Promise.all(sources.map((source, index) => changeOften(source, { index, from: done / clusters })));
      samples.set(done + sampleEvery, await rest());
    }
    const series = [...samples].map(
      ([count, { resident, heap }]) => `${count}: ${resident.toFixed(0)}/${heap.toFixed(1)}`,
    );
    console.log(`resident MiB / used heap after so many changes: ${series.join("  ")}`);
    return [
      {
        name: `resident memory after ${changes} changes against 2000`,
        unit: "MiB",
        ours: samples.get(changes)?.resident ?? Number.NaN,
        floor: samples.get(2000)?.resident ?? Number.NaN,
        limit: 1.1,
        sense: "at-most",
      },
    ];
  } finally {
    await stopChild(agent);
    await Promise.all(sources.map((one) => one.stop()));
    folder.dispose();
  }
}

/** 20 apps of one namespace, 10 instances each; the last of them is another at every change. */
function appsOf(index: number, change: number) {
  const apps = manyApps(20 * (index + 1), { hostsPerApp: 10 }).slice(20 * index);
  return [...apps, exposedApp({ name: `probe-${index}`, hosts: [exposedHost(20_000 + (change % 30_000))] })];
}

/** One share of the changes between two samples; each is made when the agent has fetched the one before. */
async function changeOften(
  source: Awaited<ReturnType<typeof startCluster>>,
  { index, from }: { readonly index: number; readonly from: number },
): Promise<void> {
  const fetched = () =>
    source.requests().findLast((one) => one.call === "endpoints" && one.status === 200)?.number ?? 0;
  for (let change = 1; change <= sampleEvery / clusters; change++) {
    const before = fetched();
    source.apps.replace(appsOf(index, from + change));
    await source.waitFor(() => fetched() > before, { deadlineMs: 30_000 });
  }
}

/** Long enough for the agent to give back what is only garbage; what is left then has leaked. */
async function memoryAtRest({ pid, apiPort }: { readonly pid: number; readonly apiPort: number }) {
  await sleep(8000);
  const resident = residentOf(pid);
  const text = await (await fetch(`http://127.0.0.1:${apiPort}/v1/metrics`)).text();
  return { resident, heap: Number(/^nodejs_heap_size_used_bytes (\S+)/m.exec(text)?.[1]) / 2 ** 20 };
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

import { setTimeout as sleep } from "node:timers/promises";
import { exposedApp, exposedHost } from "../fake/exposed-app.ts";
import { startBackend } from "./backend.ts";
import type { Figure } from "./figures.ts";
import { openNginxDnsBench } from "./nginx-dns.ts";
import { runWrk } from "./wrk.ts";

const instances = 10;
const replacements = 2 * instances;
/** An instance ends so long after it has left: what is in flight is finished, and old workers are as well. */
const graceMs = { dns: 1100, reload: 3000 };

/**
 * Constant load over kept connections while every instance is replaced twice, one after the other: the new one is there
 * before the old one leaves. Without reloads, and with them.
 */
export async function benchNginxDnsLoad(nginx: string, seconds: number): Promise<readonly Figure[]> {
  const dns = await replaceAll(nginx, { seconds, updates: "dns" });
  const reload = await replaceAll(nginx, { seconds, updates: "reload" });
  const common = { unit: "", floor: undefined, limit: 0, sense: "at-most" } as const;
  const lost = `requests lost in ${replacements} replacements`;
  return [
    { ...common, name: `${lost}, dns (of ${dns.requests})`, ours: dns.lost },
    { ...common, name: "reloads meanwhile, dns", ours: dns.reloads },
    { ...common, name: "other workers after them, dns", ours: Number(!dns.sameWorkers) },
    { ...common, name: `${lost}, ${reload.reloads} reloads (of ${reload.requests})`, ours: reload.lost },
  ];
}

async function replaceAll(nginx: string, options: { readonly seconds: number; readonly updates: "dns" | "reload" }) {
  const { seconds, updates } = options;
  const serving = await Promise.all(Array.from({ length: instances }, () => startBackend(1)));
  const leaving: Promise<void>[] = [];
  const apps = () => [
    exposedApp({ name: "load", hosts: serving.flatMap((one) => one.ports.map((port) => exposedHost(port))) }),
  ];
  const bench = await openNginxDnsBench({ nginx, apps: apps(), updates });
  const show = async () => {
    const before = bench.applied();
    await bench.list(apps());
    await bench.untilApplied(before + 1);
  };
  try {
    const [reloads, workers] = [await bench.reloads(), await bench.workers()];
    const load = runWrk({ port: bench.layout.proxyPort, host: "load.test", seconds, connections: 20, keepAlive: true });
    await sleep(500);
    const paceMs = ((seconds - 5) * 1000) / replacements;
    const begun = performance.now();
    for (let turn = 1; turn <= replacements; turn++) {
      serving.push(await startBackend(1));
      await show();
      const old = serving.shift();
      await show();
      leaving.push(sleep(graceMs[updates]).then(() => old?.stop()));
      await sleep(Math.max(0, begun + turn * paceMs - performance.now()));
    }
    await Promise.all(leaving);
    if (performance.now() - begun > seconds * 1000) throw new Error("the load ended before the last replacement");
    const { requests, lost } = await load;
    return {
      requests,
      lost,
      reloads: (await bench.reloads()) - reloads,
      sameWorkers: (await bench.workers()) === workers,
    };
  } finally {
    await bench.stop();
    await Promise.all([...leaving, ...serving.map((one) => one.stop())]);
  }
}

import { setTimeout as sleep } from "node:timers/promises";
import { exposedApp, exposedHost } from "../fake/exposed-app.ts";
import { startBackend } from "./backend.ts";
import type { Figure } from "./figures.ts";
import { type HaproxyBench, openHaproxyBench } from "./haproxy.ts";
import { serversIn } from "./haproxy-cli.ts";
import { until } from "./processes.ts";
import { runWrk } from "./wrk.ts";

const instances = 10;
const replacements = 2 * instances;

/** One instance: a server in a process of its own. */
type Instance = Awaited<ReturnType<typeof startBackend>>;

/**
 * Constant load while every instance is replaced twice, one after the other: the new one is there before the old one
 * leaves, and the old one is killed as soon as HAProxy has let go of it.
 */
export async function benchHaproxyLoad(haproxy: string, seconds: number): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const keepAlive of [true, false]) {
    const { requests, lost, reloads } = await replaceAll(haproxy, { seconds, keepAlive });
    const manner = keepAlive ? "keep-alive" : "close";
    const common = { unit: "", floor: undefined, limit: 0, sense: "at-most" } as const;
    figures.push(
      { ...common, name: `requests lost in ${replacements} replacements, ${manner} (of ${requests})`, ours: lost },
      { ...common, name: `reloads meanwhile, ${manner}`, ours: reloads },
    );
  }
  return figures;
}

async function replaceAll(haproxy: string, options: { readonly seconds: number; readonly keepAlive: boolean }) {
  const { seconds, keepAlive } = options;
  const serving: Instance[] = await Promise.all(Array.from({ length: instances }, () => startBackend(1)));
  const apps = (all: readonly Instance[]) => [
    exposedApp({ name: "load", hosts: all.flatMap((one) => one.ports.map((port) => exposedHost(port))) }),
  ];
  const bench = await openHaproxyBench({ haproxy, apps: apps(serving), extra: ["event_refresh_interval_sec = 0.1"] });
  try {
    const before = await bench.metric("drove_gateway_reloads_successful");
    const load = runWrk({ port: bench.layout.proxyPort, host: "load.test", seconds, connections: 20, keepAlive });
    await sleep(500);
    const paceMs = ((seconds - 1) * 1000) / replacements;
    const begun = performance.now();
    for (let turn = 1; turn <= replacements; turn++) {
      const fresh = await startBackend(1);
      serving.push(fresh);
      await show(bench, serving);
      const old = serving.shift();
      await show(bench, serving);
      await old?.stop();
      await sleep(Math.max(0, begun + turn * paceMs - performance.now()));
    }
    if (performance.now() - begun > seconds * 1000) throw new Error("the load ended before the last replacement");
    const { requests, lost } = await load;
    return { requests, lost, reloads: (await bench.metric("drove_gateway_reloads_successful")) - before };
  } finally {
    await bench.stop();
    await Promise.all(serving.map((one) => one.stop()));
  }

  /** Lists these instances, and waits until HAProxy has just them, all taking requests. */
  async function show({ cluster, cli }: HaproxyBench, all: readonly Instance[]): Promise<void> {
    cluster.apps.replace(apps(all));
    const wanted = all.flatMap((one) => one.ports).sort();
    const isThere = async () => {
      const servers = serversIn((await cli.send("show servers state load.test"))[0] ?? "");
      const found = servers.map(({ name }) => Number(name.split("_").at(-1))).sort();
      return servers.every((one) => one.serves) && found.join() === wanted.join();
    };
    await until(isThere, { what: "HAProxy has the instances", withinMs: 30_000, everyMs: 5 });
  }
}

import { setTimeout as sleep } from "node:timers/promises";
import { startApp } from "../fake/demo-app.ts";
import { exposedApp, manyApps } from "../fake/exposed-app.ts";
import { ask } from "./ask.ts";
import { type Figure, median } from "./figures.ts";
import { openFloor, openNginxDnsBench } from "./nginx-dns.ts";
import { until } from "./processes.ts";

/** nginx asks once a second: the best of as many random phases is near the best that can be. */
const rounds = 50;
const probe = "gw_probe.test.gateway.internal";

/**
 * One instance is added at a random phase of nginx's timer: from the controller's answer to the first response from it.
 * The floor is an nginx of its own and a bare responder, from the moment at which its answer is another.
 */
export async function benchNginxDnsChange(nginx: string): Promise<readonly Figure[]> {
  const [blue, green] = await Promise.all(
    ["blue", "green"].map((instance) => startApp({ appId: "probe-1", version: "1", instance })),
  );
  const hosts = [blue, green].flatMap((one) => one?.endpoint ?? []);
  const others = manyApps(999, { hostsPerApp: 10 });
  const apps = (instances: number) => [...others, exposedApp({ name: "probe", hosts: hosts.slice(0, instances) })];
  const bench = await openNginxDnsBench({ nginx, apps: apps(1) });
  const seen = { ours: [] as number[], bare: [] as number[] };
  try {
    const [reloads, workers] = [await bench.reloads(), await bench.workers()];
    for (let round = 0; round < rounds; round++) {
      await sleep(Math.random() * 1000);
      const before = bench.applied();
      await bench.list(apps(2));
      seen.ours.push(await untilAnswered(bench.layout.proxyPort));
      await bench.untilApplied(before + 1);
      await bench.list(apps(1));
      await bench.untilApplied(before + 2);
    }
    const reloaded = (await bench.reloads()) - reloads;
    const sameWorkers = (await bench.workers()) === workers;
    const floor = await openFloor(nginx, bench);
    const servers = hosts.map(({ host, port }) => `${host}:${port}`);
    try {
      await until(async () => (await ask(floor.proxyPort, "probe.test")) === "blue", {
        what: "the floor answers",
        withinMs: 30_000,
      });
      for (let round = 0; round < rounds; round++) {
        // What it is told twice in a second would be one change.
        await sleep(1200 + Math.random() * 1000);
        await floor.tell([{ name: probe, servers }]);
        seen.bare.push(await untilAnswered(floor.proxyPort));
        await floor.tell([{ name: probe, servers: servers.slice(0, 1) }]);
      }
    } finally {
      await floor.stop();
    }
    const best = { ours: Math.min(...seen.ours), bare: Math.min(...seen.bare) };
    console.log(`  (ours: ${describe(seen.ours)}; floor: ${describe(seen.bare)})`);
    const common = { unit: "ms", floor: undefined, sense: "at-most" } as const;
    return [
      { ...common, name: "answer to first response, 1000 × 10, median", ours: median(seen.ours), limit: 1100 },
      { ...common, name: `the same at best (floor ${best.bare.toFixed(1)} ms)`, ours: best.ours, limit: 20 },
      { ...common, unit: "", name: `reloads in ${2 * rounds} changes`, ours: reloaded, limit: 0 },
      { ...common, unit: "", name: "other workers after them", ours: Number(!sameWorkers), limit: 0 },
    ];
  } finally {
    await bench.stop();
    await Promise.all([blue?.stop(), green?.stop()]);
  }
}

/** Requests go to both instances. Returns ms. */
async function untilAnswered(port: number): Promise<number> {
  const begun = performance.now();
  await until(async () => (await ask(port, "probe.test")) === "green", {
    what: "first response",
    withinMs: 30_000,
    everyMs: 1,
  });
  return performance.now() - begun;
}

function describe(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return `${least.toFixed(1)} / ${median(values).toFixed(0)} / ${most.toFixed(0)} ms at best, median, at worst`;
}

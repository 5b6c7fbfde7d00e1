import { setTimeout as sleep } from "node:timers/promises";
import { startApp } from "../fake/demo-app.ts";
import { exposedApp, manyApps } from "../fake/exposed-app.ts";
import { ask } from "./ask.ts";
import { type Figure, median } from "./figures.ts";
import { openFloor, openHaproxyBench } from "./haproxy.ts";
import { until } from "./processes.ts";

const rounds = 15;

/**
 * One instance is added while nothing else happens: from the controller's answer to the first response from it. The floor
 * is a HAProxy of its own and a bare script that has a connection already and knows what to say. Rounds alternate.
 */
export async function benchHaproxyAdd(haproxy: string, vhosts: number): Promise<readonly Figure[]> {
  const [blue, green] = await Promise.all(
    ["blue", "green"].map((instance) => startApp({ appId: "probe-1", version: "1", instance })),
  );
  const hosts = [blue, green].flatMap((one) => one?.endpoint ?? []);
  const apps = (instances: number) => [
    ...manyApps(vhosts - 1, { hostsPerApp: 10 }),
    exposedApp({ name: "probe", hosts: hosts.slice(0, instances) }),
  ];
  const bench = await openHaproxyBench({ haproxy, apps: apps(1), extra: ["event_refresh_interval_sec = 0.2"] });
  const floor = await openFloor(haproxy, bench);
  const { cluster, layout } = bench;
  const { host, port } = hosts[1] ?? { host: "", port: 0 };
  const server = `probe.test/server_${host}_${port}`;
  const seen = { ours: [] as number[], bare: [] as number[] };
  try {
    for (let round = 0; round < rounds; round++) {
      seen.ours.push(await agentRound());
      const begun = performance.now();
      await floor.cli.send(`add server ${server} ${host}:${port}`, `set server ${server} state ready`);
      await untilAnswered(floor.proxyPort);
      seen.bare.push(performance.now() - begun);
      await floor.cli.send(`set server ${server} state maint`);
      const isDeleted = async () => /deleted/.test((await floor.cli.send(`del server ${server}`))[0] ?? "");
      await until(isDeleted, { what: "the floor's instance has gone", withinMs: 30_000 });
    }
  } finally {
    await floor.stop();
    await bench.stop();
    await Promise.all([blue?.stop(), green?.stop()]);
  }
  const [ours, bare] = [median(seen.ours), median(seen.bare)];
  console.log(`  (answer to first response, ${vhosts} × 10: ${ours.toFixed(1)} ms, floor ${bare.toFixed(1)} ms)`);
  return [
    {
      name: `answer to first response of an added instance above floor, ${vhosts} × 10`,
      unit: "ms",
      ours: ours - bare,
      floor: undefined,
      limit: 25,
      sense: "at-most",
    },
  ];

  async function agentRound(): Promise<number> {
    const before = bench.applied();
    await change(2);
    const begun = performance.now();
    await untilAnswered(layout.proxyPort);
    const took = performance.now() - begun;
    await applied(before + 1);
    await change(1);
    await applied(before + 2);
    // Idle: the poll after a change, which confirms the list, is over as well.
    await sleep(500);
    return took;
  }

  async function change(instances: number): Promise<void> {
    const { number = 0 } = cluster.requests().at(-1) ?? {};
    cluster.apps.replace(apps(instances));
    await cluster.waitFor(
      (all) => all.some((one) => one.number > number && one.call === "endpoints" && one.status === 200),
      { deadlineMs: 60_000 },
    );
  }

  async function applied(count: number): Promise<void> {
    await until(() => bench.applied() >= count, { what: "applied", withinMs: 30_000 });
  }
}

/** Requests go to both instances in turn. */
async function untilAnswered(port: number): Promise<void> {
  await until(async () => (await ask(port, "probe.test")) === "green", {
    what: "first response",
    withinMs: 30_000,
    everyMs: 1,
  });
}

import { setTimeout as sleep } from "node:timers/promises";
import { createWake, systemClock } from "../../agent/clock.ts";
import { parseConfig } from "../../agent/config/parse.ts";
import { createDiscovery } from "../../agent/discovery/discovery.ts";
import { type Cluster, startCluster } from "../fake/drove-cluster.ts";
import { manyApps } from "../fake/exposed-app.ts";
import type { Figure } from "./figures.ts";

const seconds = 60;
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/**
 * What gateways ask of the controllers, at the default intervals and 1000 × 10: requests and bytes of the leader, for one
 * gateway and for twenty, at rest and with a change every ten seconds. It is linear, so it can be multiplied.
 */
export async function benchControllers(): Promise<readonly Figure[]> {
  const cluster = await startCluster({ controllers: 3, apps: manyApps(1000, { hostsPerApp: 10 }) });
  const listBytes = await sizeOf(`${cluster.urls[0]}/apis/v1/endpoints`);
  const summaryBytes = await sizeOf(`${cluster.urls[0]}/apis/v1/cluster/events/summary?lastSyncTime=0`);
  const figures: Figure[] = [];
  for (const gateways of [1, 20]) {
    for (const changes of [0, seconds / 10]) {
      const asked = await follow(cluster, { gateways, changes });
      const bytes = asked.lists * listBytes + asked.summaries * summaryBytes;
      // Summaries each 2 s and the list each 60 s; each change asks for the list once, and once more to be sure.
      const floor = { requests: 0.5 + 1 / 60 + (2 * changes) / seconds, lists: 1 / 60 + (2 * changes) / seconds };
      const of = `${gateways} gateways, ${changes} changes in ${seconds} s`;
      figures.push(
        figureOf(`requests of the leader by each of ${of}`, "/s", [
          asked.requests / gateways / seconds,
          floor.requests,
        ]),
        figureOf(`lists of the leader by each of ${of}`, "/s", [asked.lists / gateways / seconds, floor.lists]),
        figureOf(`bytes of the leader by each of ${of}`, "KiB/s", [
          bytes / 1024 / gateways / seconds,
          (floor.lists * listBytes + 0.5 * summaryBytes) / 1024,
        ]),
      );
    }
  }
  await cluster.stop();
  return figures;
}

function figureOf(name: string, unit: string, [ours, floor]: readonly [number, number]): Figure {
  return { name, unit, ours, floor, limit: 1.3, sense: "at-most" };
}

/** Has gateways follow the cluster for a while after they have settled; what the leader was asked. */
async function follow(
  cluster: Cluster,
  { gateways, changes }: { readonly gateways: number; readonly changes: number },
): Promise<{ readonly requests: number; readonly lists: number; readonly summaries: number }> {
  const stop = new AbortController();
  const clock = systemClock();
  const all = Array.from({ length: gateways }, () =>
    createDiscovery({ clock, logger: quiet, wake: createWake(clock) }),
  );
  const { config } = parseConfig(
    `state_persistence_enabled = false\n[[namespaces]]\nname = "a"\ndrove = ${JSON.stringify(cluster.urls)}`,
    "bench",
  );
  for (const one of all) one.start(config, stop.signal);
  await Promise.all(all.map((one) => one.settled(stop.signal)));
  cluster.forgetRequests();
  for (let tenth = 0; tenth < seconds / 10; tenth += 1) {
    if (tenth < changes) cluster.apps.addInstance("app-00000-1.0.0");
    await sleep(10_000);
  }
  const seen = cluster.requests().filter((one) => one.controller === 0);
  stop.abort();
  await Promise.all(all.map((one) => one.stop()));
  const count = (call: string) => seen.filter((one) => one.call === call).length;
  return { requests: seen.length, lists: count("endpoints"), summaries: count("events") };
}

async function sizeOf(url: string): Promise<number> {
  return (await (await fetch(url)).arrayBuffer()).byteLength;
}

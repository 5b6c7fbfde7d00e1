import { setTimeout as sleep } from "node:timers/promises";
import { manyApps } from "../fake/exposed-app.ts";
import type { Figure } from "./figures.ts";
import { cpuOfNginx, openFloor, openNginxDnsBench } from "./nginx-dns.ts";
import { cpuOf } from "./processes.ts";

const seconds = 60;

/** What it costs that nginx asks for 1000 upstreams of 10 servers every second, and always gets the same answers. */
export async function benchNginxDnsRest(nginx: string): Promise<readonly Figure[]> {
  const bench = await openNginxDnsBench({ nginx, apps: manyApps(1000, { hostsPerApp: 10 }) });
  try {
    const ours = await measure(bench.master(), bench.pid);
    const floor = await openFloor(nginx, bench);
    const bare = await measure(floor.master(), floor.responderPid).finally(floor.stop);
    const common = { unit: "% core", floor: undefined, sense: "at-most" } as const;
    const beside = (value: number) => `(floor ${value.toFixed(2)} %)`;
    return [
      { ...common, name: `nginx at rest, 1000 × 10, ${seconds} s ${beside(bare.nginx)}`, ours: ours.nginx, limit: 6 },
      { ...common, name: `agent at rest, the same ${beside(bare.teller)}`, ours: ours.teller, limit: 5 },
    ];
  } finally {
    await bench.stop();
  }
}

/** In per cent of a core. */
async function measure(master: number, teller: number) {
  await sleep(5000);
  const before = { nginx: await cpuOfNginx(master), teller: cpuOf(teller) };
  await sleep(seconds * 1000);
  const percent = (ms: number) => ms / seconds / 10;
  return { nginx: percent((await cpuOfNginx(master)) - before.nginx), teller: percent(cpuOf(teller) - before.teller) };
}

import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Cycle, run } from "../../agent/agent.ts";
import { noObserver } from "../../agent/apply/proxy-observer.ts";
import { createWake, systemClock } from "../../agent/clock.ts";
import { parseConfig } from "../../agent/config/parse.ts";
import { assumedResponder } from "../../agent/dns/assumed-responder.ts";
import { createResolver } from "../../agent/dns/resolver.ts";
import { createDriver } from "../../agent/driver.ts";
import { loadTemplate } from "../../agent/inputs/inputs.ts";
import { hashText } from "../../agent/machine.ts";
import type { NamespaceSnapshot } from "../../agent/model.ts";
import { createQuarantine } from "../../agent/quarantine/quarantine.ts";
import { engines } from "../../agent/render/engines.ts";
import { manyApps } from "../fake/exposed-app.ts";
import { type Figure, median } from "./figures.ts";
import { type HaproxyBench, openHaproxyBench } from "./haproxy.ts";
import { cpuOf } from "./processes.ts";

const rounds = 15;
const seconds = 75;
const apps = manyApps(1000, { hostsPerApp: 10 });

/** What it costs that nothing changes, with 10,000 servers: one turn of the loop, and the agent at rest. */
export async function benchHaproxyRest(haproxy: string): Promise<readonly Figure[]> {
  const bench = await openHaproxyBench({ haproxy, apps });
  try {
    await sleep(5000);
    const before = cpuOf(bench.pid);
    await sleep(seconds * 1000);
    const used = cpuOf(bench.pid) - before;
    const turns = await turnsWithoutChange(bench);
    return [
      {
        name: `agent at rest, HAProxy, 1000 × 10, ${seconds} s`,
        unit: "% core",
        ours: used / seconds / 10,
        floor: undefined,
        limit: 1,
        sense: "at-most",
      },
      {
        name: "observe and plan without change, 1000 × 10",
        unit: "ms",
        ours: median(turns),
        floor: undefined,
        limit: 150,
        sense: "at-most",
      },
    ];
  } finally {
    await bench.stop();
  }
}

/** The loop itself, in this process, with the driver of the agent and the HAProxy that the agent has brought in step. */
async function turnsWithoutChange({ cli, toml }: HaproxyBench): Promise<readonly number[]> {
  const config = { ...parseConfig(toml(), "bench.toml").config, xproxy: hostname() };
  const clock = systemClock();
  const wake = createWake(clock);
  const stop = new AbortController();
  const shippedFolder = join(import.meta.dirname, "..", "..", "templates");
  const { template } = await loadTemplate(config, { shippedFolder, engines, hash: hashText });
  const inputs = { config, configId: "c", configFile: config.haproxy_config, template, templateId: "t" };
  const driver = createDriver({
    config: () => config,
    clock,
    observer: noObserver,
    responder: assumedResponder(),
    onChange: () => undefined,
  });
  const turns: Cycle[] = [];
  const asked: number[] = [];
  await run(
    {
      clock,
      wake,
      inputs: () => inputs,
      snapshots: () => [snapshot],
      settled: async () => undefined,
      quarantine: createQuarantine(clock, { remembered: [], onKept: () => undefined }),
      resolver: createResolver({
        lookup: async () => [],
        clock,
        timeoutMs: () => 1000,
        refreshMs: 1000,
        onChange: wake.ring,
      }),
      driver,
      world: { environment: {}, timeZone: "UTC", ipv6: true },
      hash: hashText,
      held: () => undefined,
      onCycle(cycle) {
        turns.push(cycle);
        if (turns.length > rounds + 1) return stop.abort();
        const begun = performance.now();
        void cli.send("show info", "show backend", "show servers state").then(() => {
          asked.push(performance.now() - begun);
          wake.ring();
        });
      },
    },
    stop.signal,
  );
  console.log(`  (HAProxy's answers alone: ${median(asked).toFixed(1)} ms)`);
  const unchanged = turns.slice(1).filter(({ plan }) => plan?.kind === "none");
  if (unchanged.length < rounds)
    throw new Error(`something changes: ${turns.at(-1)?.error ?? turns.at(-1)?.plan?.kind}`);
  return unchanged.map((cycle) => cycle.tookMs);
}

const snapshot: NamespaceSnapshot = {
  namespace: "bench",
  apps: apps.map((app) => ({ ...app, tags: {} })),
  notes: [],
  leader: undefined,
  fetchedAt: 0,
  source: "controller",
};

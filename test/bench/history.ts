import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Cycle } from "../../agent/agent.ts";
import { parseConfig } from "../../agent/config/parse.ts";
import { buildDesired } from "../../agent/desired/build.ts";
import { loadTemplate } from "../../agent/inputs/inputs.ts";
import { historyOf } from "../../agent/insight/history-of.ts";
import { hashText } from "../../agent/machine.ts";
import type { NamespaceSnapshot } from "../../agent/model.ts";
import { createHistory } from "../../agent/records/history.ts";
import { engines } from "../../agent/render/engines.ts";
import { makeFile } from "../../agent/stages.ts";
import { manyApps } from "../fake/exposed-app.ts";
import { type Figure, median } from "./figures.ts";

const vhosts = 10_000;
const rounds = 7;

/**
 * What it costs to keep one applied plan of 10,000 vhosts × 5 instances in the history: how long the loop can do nothing
 * else at a time, and how long until it is on disk. The floor packs and writes the same bytes, and does nothing else.
 */
export async function benchHistory(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), "bench-history-"));
  try {
    return await measure(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string): Promise<readonly Figure[]> {
  const cycle = await appliedCycle();
  const history = createHistory({
    directory: join(folder, "history"),
    timeoutMs: () => 60_000,
    limits: () => ({ entries: 3, bytes: 1e9 }),
    onFailure(error) {
      throw error;
    },
  });
  const text = JSON.stringify(historyOf(cycle, 0)?.content);
  const taken = { block: [] as number[], total: [] as number[], floor: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    const kept = async () => {
      const { entry, content } = historyOf(cycle, Date.now()) ?? {};
      if (entry === undefined || content === undefined) throw new Error("the history keeps nothing of this cycle");
      history.add(entry, content);
      await history.flush();
    };
    taken.block.push(await longestBlock(kept));
    taken.total.push(performance.now() - begun);
    const floorBegun = performance.now();
    await writeFile(join(folder, "floor.gz"), await promisify(gzip)(text), { flush: true });
    taken.floor.push(performance.now() - floorBegun);
  }
  const [newest = ""] = (await readdir(join(folder, "history"))).filter((name) => name.endsWith(".gz")).reverse();
  const { size } = await stat(join(folder, "history", newest));
  console.log(`  (${(text.length / 1e6).toFixed(1)} MB of JSON, ${(size / 1e6).toFixed(2)} MB on disk)`);
  const what = `keeping a plan of ${vhosts} × 5`;
  return [
    {
      name: `${what}: the loop stands`,
      unit: "ms",
      ours: median(taken.block),
      floor: undefined,
      limit: 20,
      sense: "at-most",
    },
    {
      name: `${what}: on disk`,
      unit: "ms",
      ours: median(taken.total),
      floor: median(taken.floor),
      limit: 3,
      sense: "at-most",
    },
  ];
}

/** The longest time between two turns of the event loop while the work is done, in ms. */
async function longestBlock(work: () => Promise<void>): Promise<number> {
  let isDone = false;
  const done = turn()
    .then(work)
    .finally(() => {
      isDone = true;
    });
  let longest = 0;
  for (let last = performance.now(); !isDone; ) {
    await turn();
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  await done;
  return longest;
}

/** The newest cycle of a gateway that has just added a vhost. */
async function appliedCycle(): Promise<Cycle> {
  const { config } = parseConfig('[[namespaces]]\nname = "bench"\ndrove = ["http://127.0.0.1:1"]\n', "bench.toml");
  const shippedFolder = join(import.meta.dirname, "..", "..", "templates");
  const { template } = await loadTemplate(config, { shippedFolder, engines, hash: hashText });
  const snapshot: NamespaceSnapshot = {
    namespace: "bench",
    apps: manyApps(vhosts, { hostsPerApp: 5 }).map((app) => ({ ...app, tags: {} })),
    notes: [],
    leader: undefined,
    fetchedAt: 0,
    source: "controller",
  };
  const built = buildDesired([snapshot], config.namespaces);
  const hosts = built.value.vhosts.flatMap((vhost) => vhost.members.map((member) => member.host));
  const { file } = makeFile({
    config,
    configFile: "/nginx.conf",
    template,
    desired: built.value,
    addresses: new Map(hosts.map((host) => [host, host])),
    running: { version: "1.30.6", file: undefined },
    world: { environment: {}, timeZone: "UTC", ipv6: true },
    hash: hashText,
    now: 0,
  });
  return {
    plan: {
      kind: "reload",
      reasons: [{ code: "vhost-added", subjects: ["app.test"], count: 1 }],
      steps: [],
      missingBackends: [],
      check: "needed",
      writes: true,
      file,
    },
    report: { generation: file.generation, proof: "generation", tookMs: { check: 1, reload: 1 }, failed: [] },
    snapshots: [snapshot],
    built,
    tookMs: 1,
    nextInMs: 1000,
  };
}

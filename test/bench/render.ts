import { join } from "node:path";
import { parseConfig } from "../../agent/config/parse.ts";
import { backendsFor } from "../../agent/desired/backends.ts";
import { buildDesired } from "../../agent/desired/build.ts";
import { loadTemplate } from "../../agent/inputs/inputs.ts";
import { hashText } from "../../agent/machine.ts";
import { engines } from "../../agent/render/engines.ts";
import { makeFile } from "../../agent/stages.ts";
import { manyApps } from "../fake/exposed-app.ts";
import { type Figure, median } from "./figures.ts";

const rounds = 40;

/** Data and text of 1000 vhosts × 10 instances. The floor joins the lines of the same text. */
export async function benchRender(): Promise<readonly Figure[]> {
  const { config } = parseConfig('[[namespaces]]\nname = "bench"\ndrove = ["http://127.0.0.1:1"]\n', "bench.toml");
  const shippedFolder = join(import.meta.dirname, "..", "..", "templates");
  const { template } = await loadTemplate(config, { shippedFolder, engines, hash: hashText });
  const apps = manyApps(1000, { hostsPerApp: 10 }).map((app) => ({ ...app, tags: {} }));
  const snapshot = {
    namespace: "bench",
    apps,
    notes: [],
    leader: undefined,
    fetchedAt: 0,
    source: "controller" as const,
  };
  const desired = buildDesired([snapshot], config.namespaces).value;
  const addresses = new Map(
    desired.vhosts.flatMap((vhost) => vhost.members.map((member) => [member.host, member.host])),
  );
  // As in the loop, which knows by then where each member belongs.
  const placed = backendsFor(config, { desired, addresses });
  const inputs = {
    config,
    placed,
    configFile: "/nginx.conf",
    template,
    desired,
    addresses,
    running: { version: "1.30.6", file: undefined },
    world: { environment: {}, timeZone: "UTC", ipv6: true },
    hash: () => "0123456789abcdef",
    now: 0,
  };
  const renderOnce = () => makeFile(inputs).file.text;
  const lines = renderOnce().split("\n");
  const ours: number[] = [];
  const floor: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(timed(renderOnce));
    floor.push(timed(() => lines.join("\n")));
  }
  console.log(`  (joining the same ${lines.length} lines: ${median(floor).toFixed(2)} ms)`);
  return [
    {
      name: "render 1000 × 10 (data and text)",
      unit: "ms",
      ours: median(ours),
      floor: undefined,
      limit: 10,
      sense: "at-most",
    },
  ];
}

function timed(work: () => unknown): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}

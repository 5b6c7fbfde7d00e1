import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../agent/clock.ts";
import { type Cluster, startCluster } from "../../test/fake/drove-cluster.ts";
import { exposedApp } from "../../test/fake/exposed-app.ts";
import { createAgentProcess } from "./agent-process.ts";
import type { Child } from "./child.ts";
import { createFleet, type Fleet } from "./fleet.ts";
import { gatewayToml } from "./gateway-toml.ts";
import { findNginx, nginxVersion, startNginx } from "./nginx.ts";
import { choosePorts, type DemoPorts } from "./ports.ts";
import { sayAgentLine } from "./say-agent-line.ts";
import { hosts, type Stage } from "./stage.ts";
import type { Timeline } from "./timeline.ts";
import { type Visit, visit } from "./visit.ts";
import { waitUntil } from "./wait-until.ts";

/** Everything runs. */
export interface Running {
  readonly stage: Stage;
  readonly nginx: Child;
  readonly ports: DemoPorts;
  readonly folder: string;
}

/** Ends what was started, the newest first. */
export type CleanUp = (end: () => Promise<void> | void) => void;

interface SetUpOptions {
  readonly timeline: Timeline;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onEnd: CleanUp;
}

/** Starts cluster, apps, agent and nginx, in the order in which a machine would get them. */
export async function setUp(options: SetUpOptions): Promise<Running> {
  const { timeline, clock, onEnd } = options;
  const nginxProgram = findNginx();
  const folder = await makeFolder(onEnd);
  const cluster = await startCluster({ controllers: 2, credentials: { user: "guest", pass: "guest" } });
  onEnd(cluster.stop);
  const fleet = createFleet(cluster, clock);
  onEnd(fleet.stop);
  await firstApps(cluster, fleet);
  timeline.tell({
    kind: "start",
    text: `Drove: controller 1 (leads) ${cluster.urls[0]}, controller 2 ${cluster.urls[1]}`,
  });
  timeline.tell({ kind: "start", text: "apps: shop with 2 instances, blog with 2, mail with 1" });

  const ports = await choosePorts();
  const toml = join(folder, "gateway.toml");
  const facts = { folder, nginx: nginxProgram, controllers: cluster.urls, leaderVhost: hosts.drove, ports };
  writeFileSync(toml, gatewayToml(facts));
  timeline.tell({ kind: "start", text: `agent: node agent/main.ts -f ${toml}` });
  const agent = createAgentProcess(toml, (line) => sayAgentLine(timeline, line));
  agent.start();
  const ask = (port: number) => async (target: Visit) => await visit(target, port).catch(() => undefined);
  const isReady = async () => (await ask(ports.api)({ host: "localhost", path: "/v1/ready" }))?.status === 200;
  const stage = { cluster, fleet, agent, timeline, clock, visit: ask(ports.proxy), isReady };
  const nginx = await startBoth({ stage, nginxProgram, folder, options });
  return { stage, nginx, ports, folder };
}

async function startBoth(at: {
  readonly stage: Stage;
  readonly nginxProgram: string;
  readonly folder: string;
  readonly options: SetUpOptions;
}): Promise<Child> {
  const { stage, nginxProgram, folder } = at;
  const { timeline, signal, onEnd } = at.options;
  const within = { signal, withinMs: 20_000 };
  // nginx ends after the agent: no reload may meet a proxy that is ending.
  let nginx: Child | undefined;
  onEnd(async () => nginx?.stop("SIGQUIT"));
  onEnd(() => stage.agent.stop("SIGTERM"));
  await waitUntil("the agent's first configuration", () => stage.agent.applied() > 0 || endedEarly(stage), within);
  timeline.tell({ kind: "start", text: `nginx ${nginxVersion(nginxProgram)} starts with it` });
  nginx = startNginx(nginxProgram, {
    config: join(folder, "nginx.conf"),
    errorLog: join(folder, "error.log"),
    onLine: (line) => timeline.tell({ kind: "failed", text: line }),
  });
  const child = nginx;
  await waitUntil(
    "nginx's first answer",
    async () => {
      if (!child.isRunning()) throw new Error("nginx has ended: see above");
      return (await stage.visit({ host: hosts.shop }))?.status === 200 || undefined;
    },
    within,
  );
  return child;
}

function endedEarly({ agent }: Stage): undefined {
  if (!agent.isRunning()) throw new Error("the agent has ended: see above");
  return undefined;
}

/** nginx's workers are somebody else than root and need to get in. */
async function makeFolder(onEnd: CleanUp): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "drove-gateway-demo-"));
  onEnd(() => rmSync(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  mkdirSync(join(folder, "temp"));
  // A copy, to be edited while everything runs.
  cpSync(join(import.meta.dirname, "../../templates/nginx"), join(folder, "templates"), { recursive: true });
  return folder;
}

async function firstApps(cluster: Cluster, fleet: Fleet): Promise<void> {
  const instances = { shop: 2, blog: 2, mail: 1 } as const;
  for (const [name, count] of Object.entries(instances)) {
    cluster.apps.add(exposedApp({ name, vhost: hosts[name as keyof typeof instances] }));
    for (let number = 0; number < count; number++) fleet.announce(await fleet.launch(`${name}-1.0.0`));
  }
}

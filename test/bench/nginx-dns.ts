import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listWorkers } from "../../agent/apply/nginx-process.ts";
import { seedsOf, withoutSeeds } from "../../agent/seeds.ts";
import { startCluster } from "../fake/drove-cluster.ts";
import type { ExposedApp } from "../fake/exposed-app.ts";
import type { Told } from "./bare-dns.ts";
import {
  cpuOf,
  type Layout,
  makeFolder,
  makeLayout,
  startAgent,
  startNginx,
  stopChild,
  stopNginx,
  until,
} from "./processes.ts";

/** A whole gateway with nginx: a cluster in this process, the agent and nginx as others. */
export type NginxDnsBench = Awaited<ReturnType<typeof openNginxDnsBench>>;

/** Returns when nginx runs without seeds; with `updates = "reload"`, when the agent is ready. */
export async function openNginxDnsBench(options: {
  readonly nginx: string;
  readonly apps: readonly ExposedApp[];
  readonly updates?: "dns" | "reload";
}) {
  const { nginx, updates = "dns" } = options;
  const folder = makeFolder();
  const log = join(folder.path, "agent.log");
  const cluster = await startCluster({ apps: [...options.apps] });
  const extra = `nginx_upstream_updates = "${updates}"\nevent_refresh_interval_sec = 0.2`;
  const layout = await makeLayout(folder.path, { controllers: cluster.urls, nginx, extra });
  const agent = startAgent(layout, { log });
  await until(() => existsSync(layout.configFile), { what: "first configuration", withinMs: 60_000 });
  startNginx(nginx, layout.configFile);
  const ready = async () => (await fetch(`http://127.0.0.1:${layout.apiPort}/v1/ready`)).status === 200;
  await until(ready, { what: "ready", withinMs: 60_000, everyMs: 50 });
  const metrics = async () => await (await fetch(`http://127.0.0.1:${layout.apiPort}/v1/metrics`)).text();
  if (updates === "dns") {
    const learned = async () => /reloads_total\{reason="servers-learned"\} 1/.test(await metrics());
    await until(learned, { what: "nginx has learned its servers", withinMs: 60_000, everyMs: 100 });
  }
  const onlyNew = async () => (await listWorkers(masterOf(layout))).quitting.length === 0;
  await until(onlyNew, { what: "old workers have gone", withinMs: 60_000, everyMs: 50 });
  /** How many plans the agent has applied. */
  const applied = () => readFileSync(log, "utf8").split('"msg":"applied"').length - 1;
  return {
    cluster,
    layout,
    pid: agent.pid ?? 0,
    applied,
    master: () => masterOf(layout),
    workers: async () => (await listWorkers(masterOf(layout))).serving.join(),
    reloads: async () => Number(/^drove_gateway_reloads_successful (\d+)/m.exec(await metrics())?.[1] ?? 0),
    /** Lists other apps; returns when the controller has answered with them. */
    async list(apps: readonly ExposedApp[]): Promise<void> {
      const { number = 0 } = cluster.requests().at(-1) ?? {};
      cluster.apps.replace([...apps]);
      const hasAnswered = () =>
        cluster.requests().some((one) => one.number > number && one.call === "endpoints" && one.status === 200);
      await cluster.waitFor(hasAnswered, { deadlineMs: 60_000 });
    },
    async untilApplied(count: number): Promise<void> {
      await until(() => applied() >= count, { what: "applied", withinMs: 30_000 });
    },
    async stop() {
      await stopChild(agent);
      await stopNginx(layout.pidFile);
      await cluster.stop();
      if (process.env["BENCH_KEEP"]) console.log(readFileSync(log, "utf8"));
      folder.dispose();
    },
  };
}

/** An nginx of its own with a copy of the same configuration, told its servers by a bare responder. */
export async function openFloor(nginx: string, { layout }: NginxDnsBench) {
  const folder = makeFolder();
  const own = await makeLayout(folder.path, { controllers: [], nginx });
  const text = readFileSync(layout.configFile, "utf8");
  const program = join(import.meta.dirname, "bare-dns.ts");
  const responder = fork(program, [String(own.dnsPort)], { execArgv: [] });
  await once(responder, "message");
  const tell = async (told: readonly Told[]) => {
    const done = once(responder, "message");
    responder.send(told);
    await done;
  };
  await tell(
    [...seedsOf(text)].map(([name, seeds]) => ({ name, servers: seeds.map((one) => `${one.address}:${one.port}`) })),
  );
  const moved = [
    [layout.folder, own.folder],
    [`:${layout.proxyPort}`, `:${own.proxyPort}`],
    [` ${layout.proxyPort}`, ` ${own.proxyPort}`],
    [`:${layout.statusPort}`, `:${own.statusPort}`],
    [`:${layout.dnsPort}`, `:${own.dnsPort}`],
  ].reduce((all, [from = "", to = ""]) => all.replaceAll(from, to), withoutSeeds(text));
  writeFileSync(own.configFile, moved);
  startNginx(nginx, own.configFile);
  return {
    proxyPort: own.proxyPort,
    responderPid: responder.pid ?? 0,
    master: () => masterOf(own),
    tell,
    async stop() {
      await stopChild(responder);
      await stopNginx(own.pidFile);
      folder.dispose();
    },
  };
}

/** CPU time of nginx, master and workers, in ms. */
export async function cpuOfNginx(master: number): Promise<number> {
  const { serving, quitting } = await listWorkers(master);
  return [master, ...serving, ...quitting].reduce((sum, pid) => sum + cpuOf(pid), 0);
}

function masterOf({ pidFile }: Layout): number {
  return Number(readFileSync(pidFile, "utf8"));
}

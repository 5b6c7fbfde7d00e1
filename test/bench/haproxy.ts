import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startCluster } from "../fake/drove-cluster.ts";
import type { ExposedApp } from "../fake/exposed-app.ts";
import { type BareCli, openBareCli } from "./haproxy-cli.ts";
import { type Layout, makeFolder, makeLayout, startAgent, stopChild, until } from "./processes.ts";

/** Where a HAProxy of a bench has its files. */
interface Files {
  readonly config: string;
  readonly stats: string;
  readonly master: string;
}

/** HAProxy 3.2, unpacked by test/haproxy-versions.sh. */
export function defaultHaproxy(): string {
  const script = join(import.meta.dirname, "..", "haproxy-versions.sh");
  const lines = execFileSync("bash", [script], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  return /^forky (.+)$/m.exec(lines)?.[1] ?? "haproxy";
}

/** A whole gateway with HAProxy: a cluster in this process, the agent and HAProxy as its children. */
export type HaproxyBench = Awaited<ReturnType<typeof openHaproxyBench>>;

/** Returns when the agent has proven its first configuration. `extra` lines stand in its configuration. */
export async function openHaproxyBench(options: {
  readonly haproxy: string;
  readonly apps: readonly ExposedApp[];
  readonly extra?: readonly string[];
}) {
  const folder = makeFolder();
  const log = join(folder.path, "agent.log");
  const files = filesIn(folder.path);
  const cluster = await startCluster({ apps: [...options.apps] });
  const lines = [
    'proxy_platform = "haproxy"',
    `haproxy_config = "${files.config}"`,
    `haproxy_cmd = "${options.haproxy}"`,
    `haproxysocketaddr = "${files.stats}"`,
    `haproxy_master_socket = "${files.master}"`,
    'haproxy_stats_address = ""',
    ...(options.extra ?? []),
  ];
  const layout = await makeLayout(folder.path, {
    controllers: cluster.urls,
    nginx: "/bin/true",
    extra: lines.join("\n"),
  });
  const agent = startAgent(layout, { log });
  await until(() => existsSync(files.config), { what: "first configuration", withinMs: 60_000 });
  const haproxy = await startHaproxy(options.haproxy, files);
  const ready = async () => (await fetch(`http://127.0.0.1:${layout.apiPort}/v1/ready`)).status === 200;
  await until(ready, { what: "ready", withinMs: 60_000, everyMs: 50 });
  const cli = await openBareCli(files.stats);
  return {
    cluster,
    layout,
    files,
    cli,
    pid: agent.pid ?? 0,
    toml: () => readFileSync(layout.toml, "utf8"),
    /** How many plans the agent has applied: their ends, with the file on disk. */
    applied: () => readFileSync(log, "utf8").split('"msg":"applied"').length - 1,
    /** When the agent had read the list that it has applied last, in ms since the epoch, as exact as its log: 1 ms. */
    snapshotAt() {
      const line = readFileSync(log, "utf8")
        .trimEnd()
        .split("\n")
        .findLast((one) => one.includes('"msg":"applied"'));
      const { time, since_answer_ms: since } = JSON.parse(line ?? "{}") as { time: string; since_answer_ms: number };
      return Date.parse(time) - since;
    },
    metric: async (name: string) => {
      const text = await (await fetch(`http://127.0.0.1:${layout.apiPort}/v1/metrics`)).text();
      return Number(new RegExp(`^${name} (\\d+)`, "m").exec(text)?.[1] ?? 0);
    },
    async stop() {
      cli.close();
      await stopChild(agent);
      await stopHaproxy(haproxy);
      await cluster.stop();
      if (process.env["BENCH_KEEP"]) console.log(readFileSync(log, "utf8"));
      folder.dispose();
    },
  };
}

/** A HAProxy of its own with a copy of the same configuration, which the agent knows nothing of. */
export async function openFloor(
  haproxy: string,
  { layout, files }: { readonly layout: Layout; readonly files: Files },
) {
  const folder = makeFolder();
  const own = filesIn(folder.path);
  const { proxyPort } = await makeLayout(folder.path, { controllers: [], nginx: "/bin/true" });
  const text = readFileSync(files.config, "utf8");
  const moved = (line: string) =>
    line.replaceAll(layout.folder, folder.path).replaceAll(`:${layout.proxyPort}`, `:${proxyPort}`);
  writeFileSync(own.config, moved(text));
  for (const name of new Set(text.match(/\b(hosts|groups|wildcards)-[0-9a-f]{16}\.map/g)))
    writeFileSync(join(folder.path, name), readFileSync(join(layout.folder, name)));
  const child = await startHaproxy(haproxy, own);
  const cli = await openBareCli(own.stats);
  return {
    cli,
    proxyPort,
    connect: (): Promise<BareCli> => openBareCli(own.stats),
    async stop() {
      cli.close();
      await stopHaproxy(child);
      folder.dispose();
    },
  };
}

function filesIn(folder: string): Files {
  return {
    config: join(folder, "haproxy.cfg"),
    stats: join(folder, "stats.sock"),
    master: join(folder, "master.sock"),
  };
}

/** A group of its own, so that no worker is left behind. */
async function startHaproxy(haproxy: string, files: Files): Promise<ChildProcess> {
  const child = spawn(haproxy, ["-W", "-S", files.master, "-f", files.config], { detached: true, stdio: "ignore" });
  const answers = async () => {
    if (child.exitCode !== null) throw new Error(`HAProxy has ended with ${child.exitCode}: ${files.config}`);
    if (!existsSync(files.stats)) return false;
    const cli = await openBareCli(files.stats).catch(() => undefined);
    cli?.close();
    return cli !== undefined;
  };
  await until(answers, { what: "HAProxy answers", withinMs: 60_000, everyMs: 10 });
  return child;
}

async function stopHaproxy(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  process.kill(-child.pid, "SIGKILL");
  await until(() => child.signalCode !== null, { what: "HAProxy has ended", withinMs: 10_000 });
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { writeCompanions } from "../../../agent/apply/companion-files.ts";
import { parseConfig } from "../../../agent/config/parse.ts";
import { buildDesired } from "../../../agent/desired/build.ts";
import { readApps } from "../../../agent/drove/schema.ts";
import { loadTemplate } from "../../../agent/inputs/inputs.ts";
import { hashText } from "../../../agent/machine.ts";
import type { Leader, RenderedFile } from "../../../agent/model.ts";
import { engines } from "../../../agent/render/engines.ts";
import { makeFile } from "../../../agent/stages.ts";
import type { ExposedApp } from "../../fake/exposed-app.ts";
import { eventually } from "../../image/support/eventually.ts";
import { freePorts } from "../../image/support/free-ports.ts";
import { type Answer, ask, type Question } from "./ask.ts";
import { type Settings, toml } from "./config.ts";

/** One cluster as it is seen at the moment. */
export interface Cluster {
  readonly name: string;
  readonly apps: readonly ExposedApp[];
  /** Keys of its namespace. */
  readonly settings?: Settings;
  readonly leader?: Leader;
}

export interface HaproxyOptions {
  readonly program: string;
  readonly clusters: readonly Cluster[];
  /** Keys of the TOML file that differ from the defaults. */
  readonly settings?: Settings;
}

/** A real HAProxy with what the agent's stages make of the clusters; the agent itself is not there. */
export interface RenderedHaproxy {
  readonly ports: { readonly proxy: number; readonly stats: number };
  readonly file: RenderedFile;
  /** One request through it. */
  visit(vhost: string, question?: Partial<Question>): Promise<Answer>;
  /** Commands to the admin socket, each on a connection of its own; their answers. */
  cli(...commands: readonly string[]): Promise<readonly string[]>;
  /** Everything it has written so far. */
  output(): string;
  /** Renders again and reloads. */
  reload(clusters: readonly Cluster[]): Promise<void>;
}

/** Renders, checks nothing, and starts HAProxy; it ends with the test. */
export async function startRenderedHaproxy(t: TestContext, options: HaproxyOptions): Promise<RenderedHaproxy> {
  const folder = await mkdtemp(join(tmpdir(), "drove-gateway-haproxy-"));
  const [proxy = 0, stats = 0] = await freePorts(2);
  const sockets = { admin: join(folder, "admin.sock"), master: join(folder, "master.sock") };
  const settings = {
    proxy_port: proxy,
    haproxysocketaddr: sockets.admin,
    haproxy_stats_address: `127.0.0.1:${stats}`,
    ...options.settings,
  };
  const state = { file: await renderInto(folder, { settings, clusters: options.clusters }) };
  const child = spawn(options.program, ["-W", "-db", "-S", sockets.master, "-f", state.file.path], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = collect(child);
  t.after(() => end(child, folder));
  const serves = async () => {
    const { body } = await ask({ port: stats, path: "/_gateway/generation" });
    return body === state.file.generation;
  };
  const started = eventually("HAProxy serves what was rendered", serves, { everyMs: 10 });
  const failed = once(child, "exit").then(() => Promise.reject(new Error(`HAProxy has ended: ${output.join("")}`)));
  failed.catch(() => undefined);
  await Promise.race([started, failed]);
  // The master of 3.0 starts itself once more when its worker runs; for a moment its socket refuses.
  await eventually("the master answers", async () => (await tell(sockets.master, "show proc")) !== "", { everyMs: 10 });
  return {
    ports: { proxy, stats },
    get file() {
      return state.file;
    },
    visit: (vhost, question) => ask({ port: proxy, vhost, ...question }),
    cli: (...commands) => Promise.all(commands.map((command) => tell(sockets.admin, command))),
    output: () => output.join(""),
    async reload(clusters) {
      state.file = await renderInto(folder, { settings, clusters });
      const verdict = await tell(sockets.master, "reload");
      if (!verdict.startsWith("Success=1")) throw new Error(verdict);
      await eventually("HAProxy serves what was rendered again", serves, { everyMs: 10 });
    },
  };
}

/** What the agent would write; members are IP addresses. */
async function renderInto(
  folder: string,
  { settings, clusters }: { readonly settings: Settings; readonly clusters: readonly Cluster[] },
): Promise<RenderedFile> {
  const namespaces = clusters.map(({ name, settings: own }) => ({ name, drove: ["http://drove.test:8080"], ...own }));
  const text = toml({ proxy_platform: "haproxy", xproxy: "gateway-under-test", ...settings, namespaces });
  const { config } = parseConfig(text, "gateway.toml");
  const snapshots = clusters.map(({ name, apps, leader }) => {
    const { value, notes } = readApps(apps);
    return { namespace: name, apps: value, notes, leader, fetchedAt: 0, source: "controller" as const };
  });
  const { value: desired } = buildDesired(snapshots, config.namespaces);
  const hosts = [...desired.vhosts.flatMap((vhost) => vhost.members), ...clusters.flatMap((one) => one.leader ?? [])];
  const shippedFolder = join(import.meta.dirname, "..", "..", "..", "templates");
  const { template } = await loadTemplate(config, { shippedFolder, engines, hash: hashText });
  const { file } = makeFile({
    config,
    configFile: join(folder, "haproxy.cfg"),
    template,
    desired,
    addresses: new Map(hosts.map(({ host }) => [host, host])),
    running: { version: undefined, file: undefined },
    world: { environment: {}, timeZone: "UTC", ipv6: false },
    hash: hashText,
    now: 0,
  });
  await writeFile(file.path, file.text);
  await writeCompanions(file.path, file.text, { timeoutMs: 10_000 });
  return file;
}

/** One command, and all that is answered until HAProxy closes the connection. */
async function tell(path: string, command: string): Promise<string> {
  const socket = connect(path).setEncoding("utf8");
  socket.end(`${command}\n`);
  return (await socket.toArray({ signal: AbortSignal.timeout(10_000) })).join("");
}

function collect(child: ChildProcess): readonly string[] {
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => chunks.push(String(chunk)));
  return chunks;
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  const gone = once(child, "exit");
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGTERM");
    await gone;
  }
  await rm(folder, { recursive: true, force: true });
}

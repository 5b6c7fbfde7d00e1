import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { haproxyCli, type Reply, sendOver } from "../../../agent/apply/haproxy-cli.ts";
import { haproxyMaster } from "../../../agent/apply/haproxy-master.ts";
import { parseInfo } from "../../../agent/apply/haproxy-state.ts";
import { eventually } from "../../image/support/eventually.ts";
import type { Owner } from "../harness.ts";

/** Where a HAProxy's files are. Paths of sockets are short: 107 bytes are all that a socket's may have. */
export interface HaproxyFiles {
  readonly folder: string;
  readonly config: string;
  readonly stats: string;
  readonly master: string;
}

/** A real HAProxy in master-worker mode, started and ended by the test. */
export interface HaproxyChild {
  readonly files: HaproxyFiles;
  readonly master: number;
  /** Everything it has said so far, on both outputs. */
  output(): string;
  /** The worker that answers at the stats socket. */
  worker(): Promise<number>;
  /** Answers to commands, each of which must be accepted. */
  tell(...commands: readonly string[]): Promise<readonly string[]>;
  /** Replies to commands, whatever they are. */
  ask(...commands: readonly string[]): Promise<readonly Reply[]>;
  /** Gone at once with all its workers. */
  kill(): Promise<void>;
  /** Ends by itself, without waiting for connections. */
  stop(): Promise<void>;
}

export interface HaproxyOptions {
  readonly program: string;
  /** The text of its configuration, written before it starts; without it, the file is there already. */
  readonly config?: (files: HaproxyFiles) => string;
  readonly args?: readonly string[];
}

/** Names in a folder of their own, removed with the test. */
export async function haproxyFolder(t: Owner): Promise<HaproxyFiles> {
  const folder = await mkdtemp(join(tmpdir(), "haproxy-"));
  // Hooks run in the order of their registration: an agent may still write here for a moment.
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 20 }));
  const at = (name: string) => join(folder, name);
  return { folder, config: at("haproxy.cfg"), stats: at("stats.sock"), master: at("master.sock") };
}

/** Starts HAProxy and returns when its worker answers at the stats socket. Ends with the test. */
export async function startHaproxy(
  t: Owner,
  files: HaproxyFiles,
  { program, config, args = [] }: HaproxyOptions,
): Promise<HaproxyChild> {
  if (config !== undefined) await writeFile(files.config, config(files));
  // A group of its own, so that workers cannot outlive the test.
  const child = spawn(program, ["-W", "-S", files.master, "-f", files.config, ...args], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const state = { said: "" };
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      state.said += chunk;
    });
  // Its workers have the same outputs: they are gone as well.
  const gone = once(child, "close");
  const master = child.pid ?? 0;
  const cli = sendOver(haproxyCli(files.stats));
  const ask = (...commands: readonly string[]) =>
    cli(commands, { signal: AbortSignal.timeout(30_000), timeoutMs: 30_000 });
  const tell = async (...commands: readonly string[]) => {
    const replies = await ask(...commands);
    const refused = replies.findIndex((reply) => !reply.ok);
    if (refused >= 0) throw new Error(`"${commands[refused]}" was refused: ${replies[refused]?.text}`);
    return replies.map((reply) => reply.text);
  };
  const worker = async () => parseInfo((await tell("show info"))[0] ?? "").pid;
  const kill = async () => {
    killGroup(master);
    await gone;
  };
  t.after(kill);
  // The worker of 3.0 answers before the master does, which starts itself anew once it has a worker.
  const listens = () =>
    haproxyMaster(files.master).oldWorkers({ signal: AbortSignal.timeout(30_000), timeoutMs: 30_000 });
  const up = eventually("HAProxy answers", async () => (await listens()) === 0 && (await worker()), { everyMs: 10 });
  const failed = gone.then(([code]) => Promise.reject(new Error(`HAProxy has ended with ${code}: ${state.said}`)));
  await Promise.race([up, failed]);
  failed.catch(() => undefined);
  return {
    files,
    master,
    output: () => state.said,
    worker,
    tell,
    ask,
    kill,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await gone;
    },
  };
}

/** A configuration without a listener of its own: sockets, times, and what the test adds. */
export function haproxyConfig(files: Pick<HaproxyFiles, "stats">, ...lines: readonly string[]): string {
  return `global
  stats socket ${files.stats} mode 600 level admin
  stats timeout 1m
  hard-stop-after 60s
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
${lines.join("\n")}
`;
}

/** Stops a process with all its threads: it keeps its sockets, and answers nobody. */
export async function freeze(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  const isFrozen = async () => {
    const threads = await readdir(`/proc/${pid}/task`);
    const states = threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, "utf8"));
    return (await Promise.all(states)).every((text) => /\) T /.test(text));
  };
  await eventually(`process ${pid} has stopped`, isFrozen, { everyMs: 2 });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // All of it has ended.
  }
}

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { findMaster, listWorkers } from "../../../agent/apply/nginx-process.ts";
import { eventually } from "../../image/support/eventually.ts";

/** PATH of everything the tests start: Debian has nginx where only root looks. */
export const searchPath = `${process.env["PATH"] ?? ""}${delimiter}/usr/sbin`;

/** The nginx of this machine. */
export const nginxPath = findNginx();

/** Its version, e.g. [1, 22, 1]. */
export const nginxVersion = askVersion();

/** A real nginx, started and killed by the test: never by the agent. */
export interface NginxChild {
  readonly master: number;
  /** Workers that take connections. */
  workers(): Promise<readonly number[]>;
  /** Workers that only finish what is in flight. */
  oldWorkers(): Promise<readonly number[]>;
  /** Gone at once with all its workers, as after an out-of-memory kill. */
  kill(): Promise<void>;
  /** Fast shutdown. */
  stop(): Promise<void>;
}

/** Starts nginx with this config and returns when its master runs. */
export async function startNginx(
  configFile: string,
  { pidFile, program = nginxPath }: { readonly pidFile: string; readonly program?: string },
): Promise<NginxChild> {
  const child = spawn(program, ["-c", configFile, "-g", "daemon off;"], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    said = (said + chunk).slice(-2000);
  });
  const gone = once(child, "exit");
  const up = eventually("nginx runs", () => isUp(child, pidFile), { deadlineMs: 60_000, everyMs: 10 });
  const failed = gone.then(([code]) => Promise.reject(new Error(`nginx has ended with ${code}: ${said}`)));
  await Promise.race([up, failed]);
  const master = child.pid ?? 0;
  const kill = async () => {
    await killWithWorkers(master);
    await gone;
  };
  return {
    master,
    workers: async () => (await listWorkers(master)).serving,
    oldWorkers: async () => (await listWorkers(master)).quitting,
    kill,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const late = setTimeout(kill, 5000);
      await gone;
      clearTimeout(late);
    },
  };
}

/** A master that is stopped starts no worker while we look. One that was just started still has its master's title. */
async function killWithWorkers(master: number): Promise<void> {
  signal(master, "SIGSTOP");
  const children = await readFile(`/proc/${master}/task/${master}/children`, "utf8").catch(() => "");
  for (const pid of [master, ...children.split(" ").map(Number)]) if (pid > 0) signal(pid, "SIGKILL");
}

async function isUp(child: ChildProcess, pidFile: string): Promise<boolean> {
  const master = await findMaster(pidFile);
  return master === child.pid && (await listWorkers(master ?? 0)).serving.length > 0;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

function findNginx(): string {
  const folders = searchPath.split(delimiter).filter((folder) => folder !== "");
  const found = folders.map((folder) => join(folder, "nginx")).find((path) => existsSync(path));
  if (found === undefined) throw new Error("these tests need nginx: install it");
  return found;
}

function askVersion(): readonly [number, number, number] {
  const { stderr } = spawnSync(nginxPath, ["-v"], { encoding: "utf8" });
  const [, major, minor, patch] = /\/(\d+)\.(\d+)\.(\d+)/.exec(stderr) ?? [];
  return [Number(major), Number(minor), Number(patch)];
}

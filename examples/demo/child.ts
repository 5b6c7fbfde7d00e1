import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A program that the demo started and has to end. */
export interface Child {
  readonly process: ChildProcess;
  /** True as long as it runs. */
  isRunning(): boolean;
  /** Sends the signal, kills after a grace; all that it started goes with it. */
  stop(signal: NodeJS.Signals): Promise<void>;
}

const graceMs = 5000;

/**
 * Starts a program in a process group of its own, so that Ctrl-C reaches the demo alone, which then ends things in the
 * right order. Its environment is nearly empty: variables such as DROVE_CONTROLLERS belong to somebody else's gateway.
 */
export function startChild(command: readonly [string, ...string[]], onLine: (line: string) => void): Child {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env["PATH"] },
  });
  const ended = once(child, "exit").catch((error: unknown) => onLine(String(error)));
  readLines(child, onLine);
  const isRunning = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    process: child,
    isRunning,
    async stop(signal) {
      const timer = setTimeout(() => killGroup(child), graceMs);
      if (isRunning()) child.kill(signal);
      await ended;
      clearTimeout(timer);
      // nginx's workers stay behind when their master is killed.
      killGroup(child);
    },
  };
}

function readLines(child: ChildProcess, onLine: (line: string) => void): void {
  let rest = "";
  child.stderr?.setEncoding("utf8");
  child.stderr?.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // All of it has ended meanwhile.
  }
}

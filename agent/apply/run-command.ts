import { spawn } from "node:child_process";
import { within } from "../clock.ts";
import { AgentError } from "../errors.ts";

/** How a command ended. `output` is what it said on standard error, its last 64 Ki characters. */
export interface CommandResult {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs a command to its end. */
export type RunCommand = (
  command: readonly string[],
  options: { readonly signal: AbortSignal; readonly timeoutMs: number },
) => Promise<CommandResult>;

/**
 * Runs a command without a shell. Its standard output goes to ours: with a pipe there, `nginx -t` cannot open a log at
 * /dev/stdout (Node's pipes are sockets). Throws AgentError("proxy-command-failed") if it cannot run or hangs.
 */
export const runCommand: RunCommand = async (command, { signal, timeoutMs }) =>
  await within({ signal, ms: timeoutMs }, async (late) => {
    late.throwIfAborted();
    const running = start(command);
    late.addEventListener("abort", running.kill, { once: true });
    const { ended, output } = await running.result;
    const shown = command.join(" ");
    signal.throwIfAborted();
    if (late.aborted) throw failed(`"${shown}" did not end within ${timeoutMs / 1000} s`);
    if (typeof ended !== "number") {
      throw failed(`"${shown}" cannot run: ${ended}; correct nginx_cmd or install the program`);
    }
    return { ok: ended === 0, output };
  });

interface Running {
  kill(): void;
  /** Its exit code, or the name of the error or signal that it did not get that far for. */
  readonly result: Promise<{ readonly ended: number | string; readonly output: string }>;
}

function start([file = "", ...args]: readonly string[]): Running {
  const child = spawn(file, args, {
    // A group of its own, which is killed as a whole: a wrapper's children would outlive it and hold its output open.
    detached: true,
    stdio: ["ignore", "inherit", "pipe"],
    env: { ...process.env, LC_ALL: "C" },
  });
  // Thousands of warnings are no error, so nothing ends because of them; what counts is said last.
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    output = (output + chunk).slice(-64 * 1024);
  });
  const { promise, resolve } = Promise.withResolvers<Awaited<Running["result"]>>();
  child.on("error", (error: NodeJS.ErrnoException) => resolve({ ended: error.code ?? error.message, output }));
  child.on("close", (code, signal) => resolve({ ended: code ?? signal ?? "unknown reason", output }));
  const kill = () => {
    killGroup(child.pid);
    child.stderr.destroy();
  };
  return { kill, result: promise };
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function failed(message: string): AgentError {
  return new AgentError("proxy-command-failed", message);
}

/** Splits a configured command at spaces; quotes keep words together. */
export function splitCommand(command: string): readonly string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

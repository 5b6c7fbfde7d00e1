import { within } from "../clock.ts";
import { AgentError, messageOf } from "../errors.ts";
import { demandDescriptors } from "./spare-descriptors.ts";

/** How a command ended. `output` is what it said on standard error (and on standard output, if asked): its last 64 Ki. */
export interface CommandResult {
  readonly ok: boolean;
  readonly output: string;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** The configuration's key for this command, if it has one. */
  readonly key?: string;
  /**
   * `ours`, the default: its standard output is ours. With a pipe there, `nginx -t` cannot open a log at /dev/stdout
   * (Node's pipes are sockets).
   */
  readonly stdout?: "ours" | "output";
}

/** Runs a command to its end. */
export type RunCommand = (command: readonly string[], options: RunOptions) => Promise<CommandResult>;

/** Runs a command without a shell. Throws AgentError("proxy-command-failed") if it cannot run or hangs. */
export const runCommand: RunCommand = async (command, { signal, timeoutMs, key, stdout = "ours" }) =>
  await within({ signal, ms: timeoutMs }, async (late) => {
    // The first configuration of a start needs no command, and so does not wait for this.
    const { execa } = await import("execa");
    late.throwIfAborted();
    const shown = command.join(" ");
    try {
      demandDescriptors(8);
    } catch (error) {
      throw failed(`"${shown}" cannot run: ${messageOf(error)}; raise the limit of open files`);
    }
    const running = start(execa, command, stdout);
    late.addEventListener("abort", running.kill, { once: true });
    const result = await running.child;
    signal.throwIfAborted();
    if (late.aborted) throw failed(`"${shown}" did not end within ${timeoutMs / 1000} s`);
    if (result.exitCode === undefined) {
      const remedy = key === undefined ? "install the program" : `correct ${key} or install the program`;
      throw failed(`"${shown}" cannot run: ${result.code ?? result.signal ?? "unknown reason"}; ${remedy}`);
    }
    return { ok: result.exitCode === 0, output: running.said() };
  });

function start(
  execa: typeof import("execa").execa,
  [file = "", ...args]: readonly string[],
  stdout: "ours" | "output",
) {
  const child = execa(file, args, {
    // A group of its own, which is killed as a whole: a wrapper's children would outlive it and hold its output open.
    detached: true,
    cleanup: false,
    reject: false,
    stdin: "ignore",
    stdout: stdout === "ours" ? "inherit" : "pipe",
    // Thousands of warnings are no error, so nothing ends because of them; what counts is said last.
    buffer: false,
    env: { LC_ALL: "C" },
  });
  let text = "";
  const streams = [child.stderr, child.stdout].filter((stream) => stream !== null);
  for (const stream of streams) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text = (text + chunk).slice(-64 * 1024);
    });
  }
  const kill = () => {
    killGroup(child.pid);
    for (const stream of streams) stream.destroy();
  };
  return { child, kill, said: () => text };
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

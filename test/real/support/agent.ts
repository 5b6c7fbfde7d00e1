import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { messageOf } from "../../../agent/errors.ts";
import { eventually } from "../../image/support/eventually.ts";
import { searchPath } from "./proxy.ts";

/** The checkout's, unless another one is to be tested: the bundle, for example. */
export const program =
  process.env["DROVE_GATEWAY_PROGRAM"] ?? join(import.meta.dirname, "..", "..", "..", "agent", "main.ts");

/** One line of the agent's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly level: string; readonly msg: string };

/** A real agent in a process of its own. */
export interface AgentChild {
  readonly pid: number;
  /** Everything it has written so far, on both outputs. */
  output(): string;
  log(): readonly LogLine[];
  /** Waits for a line that says this, also one that is there already. */
  says(message: string, matches?: (line: LogLine) => boolean): Promise<LogLine>;
  /** Waits until the probe returns something, but not longer than the agent lives. */
  waitFor<T>(what: string, probe: () => Promise<T | false | undefined>): Promise<T>;
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  hasEnded(): boolean;
}

/** Starts the agent with a config file. */
export function startAgent(file: string, options: AgentOptions): AgentChild {
  const [command = "", ...args] = [...(options.launcher ?? []), process.execPath, program, "-f", file];
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { PATH: searchPath, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines = collectLines(child);
  const ended = once(child, "exit").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const log = () => lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as LogLine);
  const quick = { everyMs: 20 };
  // An agent that has ended does not make anything true any more, save what its last lines say.
  const waitFor: AgentChild["waitFor"] = (what, probe) =>
    Promise.race([
      eventually(what, probe, quick),
      ended.then(() => eventually(what, probe, { deadlineMs: 500 })),
    ]).catch((cause: unknown) => {
      throw new Error(`${messageOf(cause)}; the agent said:\n${lines.join("\n")}`, { cause });
    });
  return {
    pid: child.pid ?? 0,
    output: () => lines.join("\n"),
    log,
    says: (message, matches = () => true) =>
      waitFor(`the agent says "${message}"`, async () => log().find((line) => line.msg === message && matches(line))),
    waitFor,
    signal: (name) => void child.kill(name),
    ended,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
  };
}

export interface AgentOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A command and its arguments that become what follows them. */
  readonly launcher?: readonly string[];
}

function collectLines(child: ChildProcess): readonly string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface(stream).on("line", (line) => lines.push(line));
  }
  return lines;
}

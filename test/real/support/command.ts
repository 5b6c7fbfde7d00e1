import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { program } from "./agent.ts";
import { searchPath } from "./proxy.ts";

/** How one command of the command line ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program with these arguments until it ends. */
export async function runCommandLine(
  args: readonly string[],
  { cwd }: { readonly cwd: string },
): Promise<CommandResult> {
  const env = { PATH: searchPath };
  const child = spawn(process.execPath, [program, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code, stdout, stderr };
}

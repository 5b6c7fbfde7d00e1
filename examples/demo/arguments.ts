import { parseArgs } from "node:util";

export const usage = `Usage: npm run demo -- [--for SECONDS]

Starts a small Drove cluster, apps, nginx and the agent on this machine, and shows what happens as it happens.
  --for SECONDS   end by itself after that long; the exit code is 0 only if every change was served and no request failed
  --help`;

/** What was asked for: run until stopped (`forMs` undefined) or for a while, or only the help. */
export type DemoCommand = { readonly name: "help" } | { readonly name: "run"; readonly forMs: number | undefined };

/** Reads the arguments. Throws an Error with one line for people. */
export function parseDemoArguments(argv: readonly string[]): DemoCommand {
  const { values } = parseArgs({
    args: [...argv],
    options: { for: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) return { name: "help" };
  if (values.for === undefined) return { name: "run", forMs: undefined };
  const seconds = Number(values.for);
  if (values.for.trim() === "" || !(seconds > 0 && seconds <= 86_400)) {
    throw new Error(`--for needs a number of seconds from 1 to 86400, not "${values.for}"`);
  }
  return { name: "run", forMs: seconds * 1000 };
}

/*
 * One world of a run, in a process of its own: world-process.ts REPORT OPTIONS, started by main.ts.
 */
import { writeFile } from "node:fs/promises";
import { type RunOptions, runWorld } from "./run-world.ts";

const [file = "", options = "{}"] = process.argv.slice(2);
const hooks: (() => unknown)[] = [];
const owner = { after: (hook: () => unknown) => void hooks.push(hook) };
const stop = new AbortController();
for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => stop.abort());
try {
  const report = await runWorld(owner, {
    ...(JSON.parse(options) as Omit<RunOptions, "say">),
    signal: stop.signal,
    say: (line) => console.log(line),
  });
  await writeFile(file, JSON.stringify(report));
} finally {
  await end();
}

async function end(): Promise<void> {
  for (const hook of hooks.splice(0)) await hook();
}

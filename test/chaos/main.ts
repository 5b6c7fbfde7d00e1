/*
 * npm run chaos [-- --seed N --minutes M --steps S --proxy nginx|haproxy|both --version V --rate R --only KINDS --json FILE]
 *
 * Everything happens that can happen to a gateway, in an order that chance makes of the seed, under constant load; after
 * each step an oracle looks whether all is as the cluster says. Real nginx and HAProxy of two Debian releases, a world
 * (a process) for each. Exit code 0 only if no request failed that the proxy could have served, nothing was answered by
 * the wrong instance, and all was in step after each step. What counts, and what does not, is in ledger.ts. SIGINT and
 * SIGTERM end it early, with its summary.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { messageOf } from "../../agent/errors.ts";
import { environmentOfPart } from "../image/support/free-ports.ts";
import { type Plan, readOptions } from "./options.ts";
import type { RunOptions, WorldReport } from "./run-world.ts";
import { isClean, summaryOf } from "./summary.ts";

const { plans, seed, minutes, steps, only, perSecond, json } = readOptions(process.argv.slice(2));
console.log(`seed ${seed}: ${plans.map(nameOf).join(", ")}; ${minutes} min`);
// The worlds end after the step that is under way, and report: they hold mounts, proxies and agents.
const children: ChildProcess[] = [];
for (const name of ["SIGINT", "SIGTERM"] as const)
  process.on(name, () => {
    for (const child of children) child.kill("SIGTERM");
  });
const folder = await mkdtemp("/tmp/chaos-reports-");
const ended = await Promise.allSettled(plans.map((plan, index) => runInProcess(plan, index)));
const reports = ended.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
const lost = ended.flatMap((one) => (one.status === "rejected" ? [messageOf(one.reason)] : []));
await rm(folder, { recursive: true });
await writeFile(json, `${JSON.stringify({ seed, minutes, worlds: reports }, undefined, 2)}\n`);
console.log(`\n${summaryOf(reports)}\n\nreport in ${json}`);
for (const what of lost) console.log(what);
const failed = lost.length + reports.filter((one) => !isClean(one)).length;
console.log(failed === 0 ? "clean" : `NOT clean: again with --seed ${seed}`);
process.exitCode = failed === 0 ? 0 : 1;

function nameOf({ subject, isAgentSpared }: Plan): string {
  return `${subject.platform} ${subject.version}${isAgentSpared ? " (agent spared)" : ""}`;
}

/** A process of its own: what one world does to itself slows no other down. */
async function runInProcess(plan: Plan, index: number): Promise<WorldReport> {
  const { subject, isAgentSpared } = plan;
  const file = join(folder, `${subject.platform}-${subject.version}.json`);
  const options: Omit<RunOptions, "say"> = {
    seed,
    minutes,
    ...(steps !== undefined && { steps }),
    ...(only !== undefined && { only }),
    subject,
    isAgentSpared,
    perSecond: perSecond / plans.length,
  };
  const world = join(import.meta.dirname, "world-process.ts");
  const child = spawn(process.execPath, [world, file, JSON.stringify(options)], {
    stdio: ["inherit", "pipe", "inherit"],
    env: { ...process.env, ...environmentOfPart(index, plans.length) },
  });
  children.push(child);
  createInterface(child.stdout).on("line", (line) => console.log(`${subject.platform} ${subject.version}  ${line}`));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`the world of ${nameOf(plan)} ended with ${code}`);
  return JSON.parse(await readFile(file, "utf8")) as WorldReport;
}

/*
 * Runs the tests of the named groups, one group after the other:
 *
 *   node test/run.ts unit golden real chaos newest packages image
 *
 * `newest` repeats what depends on nginx's version with the nginx of DROVE_GATEWAY_NEWEST_NGINX (see nginx-versions.sh).
 *
 * Failed tests are told again at the end. The last line is `N passed, N failed`. In CI a skipped test is a failed one:
 * nothing passes by not running.
 */
import { globSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

interface Group {
  /** Of the tests, when it is not named like the group. */
  readonly folder?: string;
  /** Only these files of the folder. */
  readonly only?: readonly string[];
  /** Groups that share ports, a proxy or an engine run their files one by one. */
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** The nginx that its tests find first on the PATH. */
  readonly nginx?: string | undefined;
}

const groups: Readonly<Record<string, Group>> = {
  unit: { concurrency: 2, timeoutMs: 120_000 },
  golden: { concurrency: 2, timeoutMs: 120_000 },
  real: { concurrency: 1, timeoutMs: 600_000 },
  chaos: { concurrency: 1, timeoutMs: 900_000 },
  newest: {
    folder: "real",
    only: ["golden-accepted", "grpc", "load", "proof", "proxying"],
    concurrency: 1,
    timeoutMs: 300_000,
    nginx: process.env["DROVE_GATEWAY_NEWEST_NGINX"],
  },
  packages: { concurrency: 1, timeoutMs: 1_200_000 },
  image: { concurrency: 1, timeoutMs: 1_200_000 },
};

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const isCi = process.env["CI"] === "true";
const names = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
for (const name of names) await runGroup(name, total);
if (isCi && total.skipped > 0) {
  total.failed += total.skipped;
  console.log(`${total.skipped} skipped tests count as failed in CI`);
}
for (const failure of failures) console.log(`\n${failure}\n`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

async function runGroup(name: string, counts: Counts): Promise<void> {
  const group = groups[name];
  if (group === undefined) throw new Error(`unknown group ${name}; known are ${Object.keys(groups).join(", ")}`);
  const { folder = name, only, nginx } = group;
  const found = globSync(join(import.meta.dirname, folder, "**", "*.test.ts")).sort();
  const files = found.filter((file) => only === undefined || only.includes(basename(file, ".test.ts")));
  console.log(`\n${name}: ${files.length} files`);
  if (files.length === 0) throw new Error(`group ${name} has no tests`);
  const path = process.env["PATH"] ?? "";
  if (nginx !== undefined) process.env["PATH"] = `${dirname(nginx)}${delimiter}${path}`;
  const execArgv = isCi && name === "unit" ? ["--import", join(import.meta.dirname, "property-seed.ts")] : [];
  const stream = run({ files, concurrency: group.concurrency, timeout: group.timeoutMs, execArgv });
  stream.on("test:pass", (event) => count(event, counts, "passed"));
  stream.on("test:fail", (event) => {
    count(event, counts, "failed");
    if (!isOfSubtests(event.details.error)) failures.push(failureOf(name, event));
  });
  const shown = stream.compose(spec());
  for await (const chunk of shown) process.stdout.write(String(chunk));
  process.env["PATH"] = path;
}

/** True if all that failed are tests within it, which are told of themselves. */
function isOfSubtests(error: Error): boolean {
  return "failureType" in error && error.failureType === "subtestsFailed";
}

/** The end of what a failed test said: of a long report, that is what came of it. */
function failureOf(
  group: string,
  { name, details: { error } }: { readonly name: string; readonly details: { readonly error: Error } },
): string {
  const { cause } = error;
  const lines = (cause instanceof Error ? cause.message : String(cause ?? error.message)).trimEnd().split("\n");
  return [`failed: ${group}: ${name}`, ...lines.slice(-40).map((line) => `  ${line.slice(0, 400)}`)].join("\n");
}

function count(
  event: {
    readonly skip?: string | boolean;
    readonly todo?: string | boolean;
    readonly details: { readonly type?: string | undefined };
  },
  counts: Counts,
  verdict: "passed" | "failed",
): void {
  if (event.details.type === "suite" && verdict === "passed") return;
  if (event.skip !== undefined || event.todo !== undefined) counts.skipped += 1;
  else counts[verdict] += 1;
}

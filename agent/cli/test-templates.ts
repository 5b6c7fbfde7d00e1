import type { Command } from "./arguments.ts";
import { paintFor, printable } from "./paint.ts";
import { diffText } from "./plan-text.ts";
import { type CaseResult, findCases, runCase } from "./template-case.ts";

type TestCommand = Extract<Command, { readonly name: "test" }>;

/** `test FOLDER`: renders recorded answers and compares with what is expected. 1 if any case failed. */
export async function testTemplates(command: TestCommand): Promise<number> {
  const signal = AbortSignal.timeout(600_000);
  const paint = paintFor(process.stdout);
  const results: CaseResult[] = [];
  for (const folder of findCases(command.folder)) {
    const result = await runCase(folder, { ...command, signal });
    results.push(result);
    if (command.json) continue;
    const style = result.outcome === "failed" ? "red" : result.outcome === "passed" ? "green" : "yellow";
    process.stdout.write(`${paint(style, result.outcome)} ${result.name}\n`);
    for (const warning of result.warnings) process.stdout.write(printable(`  warning: ${warning}\n`));
    if (result.outcome === "failed") process.stdout.write(diffText(printable(result.diff), paint));
  }
  const count = (outcome: CaseResult["outcome"]) => results.filter((one) => one.outcome === outcome).length;
  const failed = count("failed");
  if (command.json) process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
  else process.stdout.write(`${count("passed")} passed, ${count("written")} written, ${failed} failed\n`);
  return failed > 0 ? 1 : 0;
}

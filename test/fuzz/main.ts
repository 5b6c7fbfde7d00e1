/*
 * Feeds the gateway what nobody should send, and asks real proxies what they have read:
 *
 *   npm run fuzz -- [PART...] [--count N] [--seed N]
 *
 * A failure names the seed; the same seed and count show it again.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fuzzAnswers } from "./answers.ts";
import { fuzzHaproxyValues } from "./haproxy-values.ts";
import { fuzzNames } from "./names.ts";
import { fuzzNginxValues } from "./nginx-values.ts";
import type { Fuzz } from "./result.ts";

/** Each part, and how much of it a whole run does. */
const parts: Readonly<Record<string, { readonly fuzz: Fuzz; readonly count: number }>> = {
  "nginx-values": { fuzz: fuzzNginxValues, count: 400_000 },
  "haproxy-values": { fuzz: fuzzHaproxyValues, count: 400_000 },
  names: { fuzz: fuzzNames, count: 400_000 },
  answers: { fuzz: fuzzAnswers, count: 200_000 },
};

const { values, positionals } = parseArgs({
  options: { count: { type: "string" }, seed: { type: "string", default: "1" } },
  allowPositionals: true,
});
const folder = await mkdtemp(join(tmpdir(), "fuzz-"));
let failed = false;
for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
  const part = parts[name];
  if (part === undefined) throw new Error(`no part ${name}; there are ${Object.keys(parts).join(", ")}`);
  const count = Number(values.count ?? part.count);
  const seed = Number(values.seed);
  const begun = performance.now();
  try {
    const { generated, details } = await part.fuzz({ count, seed, folder });
    const seconds = Math.round((performance.now() - begun) / 1000);
    const shown = Object.entries(details).map(([what, number]) => `${what} ${number}`);
    console.log(`${name}: ${generated} generated, ${shown.join(", ")}; nothing escaped (seed ${seed}, ${seconds} s)`);
  } catch (error) {
    failed = true;
    console.error(`${name}: FAILED with --seed ${seed} --count ${count}:`, error);
  }
}
await rm(folder, { recursive: true, force: true });
process.exitCode = failed ? 1 : 0;

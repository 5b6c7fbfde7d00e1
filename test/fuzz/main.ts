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
import { parts } from "./parts.ts";

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

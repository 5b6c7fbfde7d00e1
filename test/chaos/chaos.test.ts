import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { WorldReport } from "./run-world.ts";

/** Always the same schedule: what has once been found here is found again. */
const seed = 20_261;

test(`a short run of chaos, seed ${seed}`, (t) => {
  const folder = mkdtempSync(join(tmpdir(), "chaos-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const json = join(folder, "report.json");
  const main = join(import.meta.dirname, "main.ts");
  const args = [main, "--seed", String(seed), "--minutes", "1.5", "--rate", "120", "--json", json];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  const { worlds } = JSON.parse(readFileSync(json, "utf8")) as { readonly worlds: readonly WorldReport[] };
  assert.deepEqual(worlds.map((one) => one.proxy.split(" ")[0]).sort(), ["HAProxy", "HAProxy", "nginx", "nginx"]);
  for (const { proxy, requests, served } of worlds) assert.ok(served > 0.5 * requests && served > 500, proxy);
});

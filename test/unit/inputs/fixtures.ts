import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import type { LoadedConfig } from "../../../agent/config/load.ts";
import type { EngineSettings } from "../../../agent/inputs/inputs.ts";
import { etaEngine } from "../../../agent/render/eta.ts";
import { configOf } from "../render/fixtures.ts";

/** A folder with these files, removed after the test. */
export async function folderWith(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "drove-gateway-inputs-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

export function engineSettings(shippedFolder: string): EngineSettings {
  return { shippedFolder, engines: [etaEngine], hash: (text) => createHash("sha256").update(text).digest("hex") };
}

export function loadedOf(changes: Readonly<Record<string, unknown>>, rest: Partial<LoadedConfig> = {}): LoadedConfig {
  return { config: configOf(changes), notes: [], files: ["/etc/nixy.toml"], source: "nixy.toml", ...rest };
}

import type { Cycle } from "../agent.ts";
import { unifiedDiff } from "./unified-diff.ts";
import { undone } from "./waiting.ts";

/** The answer of `/v1/diff`. */
export interface ConfigDiff {
  /** The proxy's configuration file. */
  readonly file: string;
  /** Unified; empty if the file is as it should be. */
  readonly diff: string;
}

/** From the configuration on disk to the one that waits; undefined before there is any. */
export async function configDiff(cycle: Cycle | undefined): Promise<ConfigDiff | undefined> {
  const file = cycle?.made?.file;
  if (cycle === undefined || file === undefined) return undefined;
  const wanted = undone(cycle)?.file;
  if (wanted === undefined) return { file: file.path, diff: "" };
  const before = { name: file.path, text: cycle.running?.file?.text ?? "" };
  const diff = await unifiedDiff(before, { name: `${file.path} (waiting)`, text: wanted.text });
  return { file: file.path, diff };
}

import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { onDisk } from "../apply/disk.ts";
import { writeInOneStep } from "../apply/write-in-one-step.ts";
import { AgentError, isMissing } from "../errors.ts";
import type { Freeze } from "../hold.ts";

/** A freeze as it is kept: of what it rolls back to only the id in the history. */
export type StoredFreeze = Omit<Freeze, "rollback"> & { readonly rollback?: number };

/** Keeps a freeze over a restart of the agent. All throw an AgentError("disk-failed") that names the file. */
export interface FreezeFile {
  /** Undefined if there is none. */
  load(): Promise<StoredFreeze | undefined>;
  save(freeze: StoredFreeze): Promise<void>;
  remove(): Promise<void>;
}

const schema = v.object({
  since: v.number(),
  until: v.optional(v.number()),
  reason: v.string(),
  rollback: v.optional(v.number()),
});

/** `freeze.json` in the directory for state. `timeoutMs` bounds each access. */
export function createFreezeFile(directory: string, { timeoutMs }: { readonly timeoutMs: number }): FreezeFile {
  const path = join(directory, "freeze.json");
  const options = { timeoutMs, path };
  return {
    load: () => onDisk("read", options, () => load(path)),
    save: ({ since, until, reason, rollback }) =>
      onDisk("write", options, async () => {
        await mkdir(dirname(path), { recursive: true });
        const text = `${JSON.stringify({ since, until, reason, rollback })}\n`;
        await writeInOneStep(path, text, { finish: (file) => file.sync() });
      }),
    remove: () => onDisk("remove", options, () => rm(path, { force: true })),
  };
}

async function load(path: string): Promise<StoredFreeze | undefined> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const { since, until, reason, rollback } = v.parse(schema, parse(text, path));
  return { since, until, reason, ...(rollback !== undefined && { rollback }) };
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AgentError("disk-failed", `${path} is not JSON`, { cause });
  }
}

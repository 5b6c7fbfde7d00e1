import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { AgentError } from "../../../agent/errors.ts";
import type { RenderedFile } from "../../../agent/model.ts";

/** A new folder, removed after the test. */
export async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "drove-gateway-apply-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Everything in a folder, sorted; random parts of names are `*`. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).map((name) => name.replace(/tmp-[0-9a-f]{12}$/, "tmp-*")).sort();
}

export function fileAt(path: string, text: string, changes: Partial<RenderedFile> = {}): RenderedFile {
  return {
    path,
    text,
    generation: "0123456789abcdef",
    renderedAt: 1_700_000_000_123,
    carriesGeneration: true,
    ...changes,
  };
}

/** The AgentError that `work` ends with; the test fails if it ends well. */
export async function failureOf(work: Promise<unknown>): Promise<AgentError> {
  const [result] = await Promise.allSettled([work]);
  if (result.status === "rejected" && result.reason instanceof AgentError) return result.reason;
  throw new Error(result.status === "rejected" ? String(result.reason) : "it did not fail");
}

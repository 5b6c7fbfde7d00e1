import type { Clock } from "../clock.ts";
import { AgentError } from "../errors.ts";
import type { ApplyReport, RenderedFile } from "../model.ts";
import { stageFile } from "./staged-files.ts";

/** How one proxy takes a file over. */
export interface Delivery {
  readonly file: RenderedFile;
  readonly clock: Clock;
  readonly diskTimeoutMs: number;
  readonly signal: AbortSignal;
  /** Throws if the proxy would refuse the file, which lies at this path for now. */
  readonly check: (stagedPath: string) => Promise<void>;
  /** The file is in its place: has the proxy use it, and proves that it does. `checkMs`: how long the check took. */
  readonly bringUp: (checkMs: number) => Promise<ApplyReport["proof"]>;
}

/** Writes beside, checks, promotes, brings up; on failure the former file is back in its place. */
export async function deliver(delivery: Delivery): Promise<Omit<ApplyReport, "failed">> {
  const { file, clock, diskTimeoutMs: timeoutMs, signal } = delivery;
  const begun = clock.monotonic();
  const staged = await stageFile(file, { timeoutMs });
  await delivery.check(staged.path).catch(async (error: unknown) => {
    // A check that could not run says nothing of the file: there is nothing to look at.
    if (error instanceof AgentError && error.code === "proxy-refused-config") await staged.refuse();
    else await staged.discard();
    throw error;
  });
  const checked = clock.monotonic();
  await staged.promote();
  try {
    const proof = await delivery.bringUp(checked - begun);
    await staged.settle();
    const tookMs = { check: Math.round(checked - begun), reload: Math.round(clock.monotonic() - checked) };
    return { generation: file.generation, proof, tookMs };
  } catch (error) {
    // A stop in the middle proves nothing against the file: the next start finds it unproven and goes on from there.
    if (!signal.aborted) await staged.rollback();
    throw error;
  }
}

/** Checks a file that is not going to be used: nothing is left of it. */
export async function checkOnly(delivery: Pick<Delivery, "file" | "diskTimeoutMs" | "check">): Promise<void> {
  const staged = await stageFile(delivery.file, { timeoutMs: delivery.diskTimeoutMs });
  await delivery.check(staged.path).finally(() => staged.discard());
}

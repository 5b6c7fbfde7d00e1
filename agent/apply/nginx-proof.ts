import type { Clock } from "../clock.ts";
import type { ApplyReport, RenderedFile } from "../model.ts";
import type { Probe } from "./nginx-probe.ts";
import { listWorkers, type Workers } from "./nginx-process.ts";

export type Proof = ApplyReport["proof"];

interface ProofOptions {
  readonly file: RenderedFile;
  readonly statusAddress: { readonly host: string; readonly port: number };
  readonly master: number | undefined;
  /** The workers before the reload; undefined after a start. */
  readonly before: Workers | undefined;
  readonly withinMs: number;
  /** True once there is nothing left to wait for: nginx has ended. */
  readonly ended?: () => Promise<boolean>;
  readonly signal: AbortSignal;
}

const pollMs = 5;

/**
 * Waits until nginx serves the new file; undefined if it does not in time. An exit code proves nothing: a master that
 * cannot bind or dislikes a shared zone keeps its old configuration in silence. For about 100 ms old and new workers
 * answer side by side, so it is done only when the old ones have stopped accepting.
 */
export async function proveReload(
  parts: { readonly probe: Probe; readonly clock: Clock },
  options: ProofOptions,
): Promise<Proof | undefined> {
  const { clock } = parts;
  const end = clock.monotonic() + options.withinMs;
  while (clock.monotonic() < end) {
    options.signal.throwIfAborted();
    const proof = await proofNow(parts.probe, options);
    if (proof !== undefined) return proof;
    if (await options.ended?.()) return undefined;
    await clock.sleep(pollMs, options.signal);
  }
  return undefined;
}

async function proofNow(probe: Probe, options: ProofOptions): Promise<Proof | undefined> {
  const workers = options.master === undefined ? undefined : await listWorkers(options.master);
  if (!options.file.carriesGeneration)
    return workers !== undefined && replaced(workers, options.before) ? "workers" : undefined;
  const served = await probe(options.statusAddress, options.signal);
  const oldGone = workers === undefined || oldStopped(workers, options.before);
  return served === options.file.generation && oldGone ? "generation" : undefined;
}

function replaced(workers: Workers, before: Workers | undefined): boolean {
  return workers.serving.length > 0 && oldStopped(workers, before);
}

function oldStopped(workers: Workers, before: Workers | undefined): boolean {
  return before === undefined || !workers.serving.some((pid) => before.serving.includes(pid));
}

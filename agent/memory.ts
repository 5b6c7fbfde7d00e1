import type { Clock, Wake } from "./clock.ts";

const quietMs = 3000;

/** Collects garbage now, and returns freed pages to the system. */
export type CollectGarbage = () => void;

/**
 * Gives memory back once work is over: a change of a large cluster leaves tens of MiB of garbage, which V8 keeps for a
 * next time that may be hours away. Rung after each applied plan. It stops everything for up to 300 ms, so it waits
 * until the changes have ended.
 */
export async function tidyMemory(
  worked: Wake,
  options: {
    readonly clock: Clock;
    readonly signal: AbortSignal;
    readonly findCollector?: () => Promise<CollectGarbage>;
  },
): Promise<void> {
  const { clock, signal } = options;
  let collect: CollectGarbage | undefined;
  while (!signal.aborted) {
    await worked.wait(signal);
    let since = clock.monotonic();
    for (let quiet = false; !quiet && !signal.aborted; ) {
      await worked.wait(signal, quietMs);
      const now = clock.monotonic();
      quiet = now - since >= quietMs;
      since = now;
    }
    if (signal.aborted) return;
    collect ??= await (options.findCollector ?? findCollector)();
    collect();
  }
}

/**
 * V8's own collector, without `node --expose-gc`: with that flag V8 refuses the compiled form of Node's own modules, as
 * it was made without, and every start takes 25 ms more.
 */
async function findCollector(): Promise<CollectGarbage> {
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  const gc: NodeJS.GCFunction = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  // "last-resort" also returns the freed pages to the system.
  return () => gc({ type: "major", execution: "sync", flavor: "last-resort" });
}

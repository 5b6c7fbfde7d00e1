import type { Clock, Wake } from "./clock.ts";

const quietMs = 3000;

/** Both stop everything until they are done. */
export interface Collector {
  /** Garbage that is younger than a change or two: 2 to 5 ms at 10,000 instances. */
  young(): void;
  /** All garbage, up to 300 ms; returns freed pages to the system. */
  all(): void;
}

/**
 * Collects garbage when that holds nobody up. Rung after each applied plan.
 *
 * What is young goes at once: else it is collected in the midst of the next change, which waits for that. The rest goes
 * once work is over: a change of a large cluster leaves tens of MiB, which V8 keeps for a next time that may be hours away.
 */
export async function tidyMemory(
  worked: Wake,
  options: {
    readonly clock: Clock;
    readonly signal: AbortSignal;
    readonly findCollector?: () => Promise<Collector>;
  },
): Promise<void> {
  const { clock, signal } = options;
  let collector: Collector | undefined;
  while (!signal.aborted) {
    await worked.wait(signal);
    let since = clock.monotonic();
    for (let quiet = false; !quiet && !signal.aborted; ) {
      collector ??= await (options.findCollector ?? findCollector)();
      collector.young();
      await worked.wait(signal, quietMs);
      const now = clock.monotonic();
      quiet = now - since >= quietMs;
      since = now;
    }
    if (signal.aborted) return;
    collector?.all();
  }
}

/**
 * V8's own collector, without `node --expose-gc`: with that flag V8 refuses the compiled form of Node's own modules, as
 * it was made without, and every start takes 25 ms more.
 */
async function findCollector(): Promise<Collector> {
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  const gc: NodeJS.GCFunction = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  return {
    young: () => gc({ type: "minor", execution: "sync" }),
    // "last-resort" also returns the freed pages to the system.
    all: () => gc({ type: "major", execution: "sync", flavor: "last-resort" }),
  };
}

import type { Clock, Wake } from "./clock.ts";

const quietMs = 3000;

/**
 * Gives memory back once work is over: a change of a large cluster leaves tens of MiB of garbage, which V8 keeps for a
 * next time that may be hours away. Rung after each applied plan; does nothing where node runs without --expose-gc. It
 * stops everything for up to 300 ms, so it waits until the changes have ended.
 */
export async function tidyMemory(
  worked: Wake,
  options: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const { clock, signal } = options;
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
    // "last-resort" also returns the freed pages to the system.
    globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
  }
}

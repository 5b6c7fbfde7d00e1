import type { Cycle } from "./agent.ts";

/** What was done with the last good template, told as if it were a cycle of its own; empty if there was no need to. */
export function fallbackOf({ fallback, tookMs, nextInMs }: Cycle): readonly Cycle[] {
  return fallback === undefined ? [] : [{ ...fallback, tookMs, nextInMs }];
}

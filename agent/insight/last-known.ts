import type { Cycle } from "../agent.ts";

/**
 * A cycle as page and explanations show it. One that failed early knows nothing of what it did not reach; that is as the
 * last good template's cycle found it, or as it was `before`, and not as if there were no proxy and no vhost.
 */
export function withLastKnown(cycle: Cycle, before: Cycle | undefined): Cycle {
  return { ...knownIn(before), ...knownIn(cycle.fallback), ...cycle };
}

type Known = Pick<Cycle, "built" | "made" | "resolution" | "running">;

function knownIn({ built, made, resolution, running }: Known = {}): Known {
  return {
    ...(built && { built }),
    ...(made && { made }),
    ...(resolution && { resolution }),
    ...(running && { running }),
  };
}

import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** One kind of thing that happens. */
export interface Step {
  /** `agent: killed in a change`. */
  readonly kind: string;
  /** How often, compared with the others. */
  readonly weight: number;
  /** Default: always. It may look only at what depends on nothing but the seed. */
  readonly isPossible?: (world: World) => boolean;
  /** What is drawn, too, may depend on nothing but the seed. Returns what was done, for the log. */
  readonly run: (world: World, random: Random) => Promise<string>;
}

/** Long enough that the agent is in the middle of something. */
export async function pause(random: Random, [from, to]: readonly [number, number]): Promise<void> {
  const ms = random.between(from, to);
  await new Promise((resolve) => setTimeout(resolve, ms));
}

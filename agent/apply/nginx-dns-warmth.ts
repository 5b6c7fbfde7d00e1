import type { Step } from "../model.ts";
import { dnsNameOf, type Seed } from "../seeds.ts";
import { serverName } from "../serving.ts";
import { rampPercent, shareOf } from "./ramp.ts";

type Zone = ReadonlyMap<string, readonly Seed[]>;

/** The members of upstreams that warm up: they came where others serve. */
export interface Warmth {
  /** Members of this plan that have come now; `zone` has them already. */
  added(steps: readonly Step[], about: { readonly zone: Zone; readonly now: number }): void;
  /** The zone with the weights of now. Members that have warmed up are forgotten. */
  weigh(zone: Zone, about: { readonly now: number; readonly warmUpMs: number }): Zone;
  /** True while anybody warms up. */
  isOn(): boolean;
}

/** What a weight is multiplied with in an upstream where somebody warms up, so that a share of it is a whole number. */
const fine = 100;

/** Nobody warms up. Should the agent be started anew, everybody has the full weight at once. */
export function createWarmth(): Warmth {
  /** When it came, by upstream and server. */
  const since = new Map<string, number>();
  const keyOf = (name: string, { address, port }: Pick<Seed, "address" | "port">) =>
    `${name} ${serverName(address, port)}`;

  function weighed(name: string, seed: Seed, { now, warmUpMs }: { readonly now: number; readonly warmUpMs: number }) {
    const begun = since.get(keyOf(name, seed));
    return begun === undefined ? 100 : rampPercent(now - begun, warmUpMs);
  }

  return {
    added(steps, { zone, now }) {
      const come = Map.groupBy(
        steps.filter((step) => step.kind === "add"),
        (step) => step.backend,
      );
      for (const [backend, all] of come) {
        const name = dnsNameOf(backend) ?? "";
        if ((zone.get(name)?.length ?? 0) <= all.length) continue;
        for (const { server } of all) since.set(keyOf(name, server), now);
      }
    },
    weigh(zone, about) {
      for (const [key, begun] of since) if (about.now - begun >= about.warmUpMs) since.delete(key);
      if (since.size === 0) return zone;
      return new Map(
        [...zone].map(([name, seeds]): [string, readonly Seed[]] => {
          const percents = seeds.map((seed) => weighed(name, seed, about));
          if (percents.every((percent) => percent === 100)) return [name, seeds];
          const weights = seeds.map((seed, index) => shareOf(seed.weight * fine, percents[index] ?? 100));
          return [name, seeds.map((seed, index) => ({ ...seed, weight: weights[index] ?? seed.weight }))];
        }),
      );
    },
    isOn: () => since.size > 0,
  };
}

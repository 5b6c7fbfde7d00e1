/** Chance that can be had again: the same seed gives the same numbers. */
export interface Random {
  /** From 0 to `below` - 1. */
  int(below: number): number;
  /** From `from` to `to`, both included. */
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(all: readonly T[]): T;
  /** One of them, each as likely as its weight says. */
  weighted<T extends { readonly weight: number }>(all: readonly T[]): T;
  /** A chance of its own: what is drawn from it changes nothing of what is drawn here. */
  fork(): Random;
}

/** Mulberry32: small, and good enough to choose what to break. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (below: number) => Math.floor(next() * below);
  const pick = <T>(all: readonly T[]): T => {
    if (all.length === 0) throw new Error("there is nothing to pick from");
    return all[int(all.length)] as T;
  };
  return {
    int,
    between: (from, to) => from + int(to - from + 1),
    chance: (probability) => next() < probability,
    pick,
    weighted(all) {
      let left = next() * all.reduce((sum, one) => sum + one.weight, 0);
      const isHit = ({ weight }: { readonly weight: number }) => {
        left -= weight;
        return left < 0;
      };
      return all.find(isHit) ?? pick(all);
    },
    fork: () => createRandom(int(2 ** 32)),
  };
}

/** Chance that a seed reproduces. */
export interface Random {
  /** From 0 to below `limit`. */
  below(limit: number): number;
  pick<T>(list: readonly [T, ...(readonly T[])]): T;
  /** True in one of so many cases. */
  oneIn(count: number): boolean;
}

/** The generator mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, pick: (list) => list[below(list.length)] ?? list[0], oneIn: (count) => below(count) === 0 };
}

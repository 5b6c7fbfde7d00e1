/** How far ahead one is looked for: to go through a long list for each of another would take too long. */
const reach = 16;

/**
 * Finds, one after the other, the members of a list in what it was before: each is looked for from where the last one
 * was. Lists of instances keep their order while some come and go; what is not found was new or has moved.
 */
export function followIn<B, N>(
  before: readonly B[],
  isSame: (before: B, now: N) => boolean,
): (now: N) => number | undefined {
  let expected = 0;
  return (now) => {
    const end = Math.min(before.length, expected + reach);
    for (let index = expected; index < end; index += 1) {
      const one = before[index];
      if (one === undefined || !isSame(one, now)) continue;
      expected = index + 1;
      return index;
    }
    return undefined;
  };
}

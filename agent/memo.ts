/** Remembers one result for as long as the same things go in. */
export type Memo<T> = (keys: readonly unknown[], make: () => T) => T;

/** A memory of one result: `make` runs only if a key differs from last time. */
export function createMemo<T>(): Memo<T> {
  const last: { keys: readonly unknown[]; value: T | undefined } = { keys: [Number.NaN], value: undefined };
  return (keys, make) => {
    const same = keys.length === last.keys.length && keys.every((key, index) => key === last.keys[index]);
    if (same && last.value !== undefined) return last.value;
    last.value = make();
    last.keys = keys;
    return last.value;
  };
}

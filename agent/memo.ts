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

/** Remembers the result for each object, as long as the object lives. */
export type ObjectMemo<K extends object, T> = (key: K, make: () => T) => T;

/** A memory of one result for each object: `make` runs only for an object that is new. */
export function createObjectMemo<K extends object, T extends object>(): ObjectMemo<K, T> {
  const known = new WeakMap<K, T>();
  return (key, make) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = make();
    known.set(key, made);
    return made;
  };
}

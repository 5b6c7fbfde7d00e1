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

/** What was made of one source. */
export interface Former<S, R> {
  readonly source: S;
  readonly result: R;
}

/**
 * A memory of the results for a list that is sorted by `keyOf`: for a source that is the same object as last time
 * `make` does not run, for one that has only its key in common it gets what there was.
 */
export function createListMemo<S extends object, R>({
  keyOf,
  make,
}: {
  readonly keyOf: (source: S) => string;
  readonly make: (source: S, former: Former<S, R> | undefined) => R;
}): (sources: readonly S[]) => readonly R[] {
  const memory = { last: [] as readonly Former<S, R>[] };
  return (sources) => {
    const { last } = memory;
    let at = 0;
    memory.last = sources.map((source) => {
      const key = keyOf(source);
      let former = last[at];
      while (former !== undefined && keyOf(former.source) < key) {
        at += 1;
        former = last[at];
      }
      if (former === undefined || keyOf(former.source) !== key) return { source, result: make(source, undefined) };
      at += 1;
      return former.source === source ? former : { source, result: make(source, former) };
    });
    return memory.last.map((one) => one.result);
  };
}

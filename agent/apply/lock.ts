/** Runs work one after the other, in the order in which it was asked for. */
export type Lock = <T>(work: () => Promise<T>) => Promise<T>;

/** A lock that nobody holds. What fails does not keep the next from running. */
export function createLock(): Lock {
  const state = { last: Promise.resolve() as Promise<unknown> };
  return (work) => {
    const mine = state.last.then(work, work);
    state.last = mine.catch(() => undefined);
    return mine;
  };
}

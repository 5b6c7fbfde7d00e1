import type { Clock } from "./clock.ts";

/** Whether changes wait because somebody restarts the proxy. */
export interface Hold {
  /** SIGUSR1: the proxy is about to go down. */
  begin(): void;
  /** SIGUSR2: it is up again. */
  end(): void;
  /** True while changes must wait; never longer than the time allowed. */
  isHeld(): boolean;
  /** True once a hold has lasted too long, until the next `begin` or `end`. */
  isOverdue(): boolean;
}

/** A hold that nobody has begun. `maxMs` bounds it: a SIGUSR2 that never comes must not freeze the gateway. */
export function createHold(
  clock: Clock,
  options: { readonly maxMs: () => number; readonly onOverdue: () => void },
): Hold {
  const state = { since: undefined as number | undefined, told: false };
  const isOverdue = () => {
    const overdue = state.since !== undefined && clock.monotonic() - state.since >= options.maxMs();
    if (overdue && !state.told) options.onOverdue();
    state.told = overdue;
    return overdue;
  };
  return {
    begin() {
      state.since = clock.monotonic();
    },
    end() {
      state.since = undefined;
    },
    isHeld: () => state.since !== undefined && !isOverdue(),
    isOverdue,
  };
}

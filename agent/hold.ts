import type { Clock } from "./clock.ts";
import type { RenderedFile } from "./model.ts";

/** An operator's word that nothing is to change. Times in ms since the epoch, as it outlives the agent. */
export interface Freeze {
  readonly since: number;
  /** Undefined: until somebody thaws. */
  readonly until: number | undefined;
  /** One line, may be empty. */
  readonly reason: string;
  /** What the proxy is to have meanwhile; without it, what it has. */
  readonly rollback?: { readonly generation: number; readonly file: RenderedFile };
}

/** A reload waits: too many workers of earlier generations still finish requests. Times in ms since the epoch. */
export interface ReloadDelay {
  readonly by: "old-workers";
  readonly since: number;
  /** Longer it does not wait. */
  readonly until: number;
  readonly oldGenerations: number;
  readonly maxOldGenerations: number;
}

/** Why all changes wait. */
export type Hindrance = { readonly by: "proxy-restart"; readonly since: number } | ({ readonly by: "freeze" } & Freeze);

/** Why changes wait. */
export type Held = Hindrance | ReloadDelay;

/** Whether changes wait: because somebody restarts the proxy, or because somebody said so. */
export interface Hold {
  /** SIGUSR1: the proxy is about to go down. */
  begin(): void;
  /** SIGUSR2: it is up again. */
  end(): void;
  /** Why they wait, if they do. A restart of the proxy goes first: nothing is done to the proxy then. */
  held(): Hindrance | undefined;
  /** The freeze, also while a restart of the proxy goes first. */
  frozen(): Freeze | undefined;
  /** True once a restart of the proxy has lasted too long, until the next `begin` or `end`. */
  isOverdue(): boolean;
  /** In place of an earlier freeze, if there is one. */
  freeze(freeze: Freeze): void;
  /** Ends a freeze, if there is one. */
  thaw(): void;
}

/**
 * A hold that nobody has begun. `maxMs` bounds a restart of the proxy: a SIGUSR2 that never comes must not freeze the
 * gateway.
 */
export function createHold(
  clock: Clock,
  options: { readonly maxMs: () => number; readonly onOverdue: () => void },
): Hold {
  const state = {
    restart: undefined as { readonly at: number; readonly monotonic: number } | undefined,
    told: false,
    freeze: undefined as Freeze | undefined,
  };
  const isOverdue = () => {
    const overdue = state.restart !== undefined && clock.monotonic() - state.restart.monotonic >= options.maxMs();
    if (overdue && !state.told) options.onOverdue();
    state.told = overdue;
    return overdue;
  };
  const frozen = (): Freeze | undefined => {
    const { until } = state.freeze ?? {};
    if (until !== undefined && clock.now() >= until) state.freeze = undefined;
    return state.freeze;
  };
  const held = (): Hindrance | undefined => {
    if (state.restart !== undefined && !isOverdue()) return { by: "proxy-restart", since: state.restart.at };
    const freeze = frozen();
    return freeze && { by: "freeze", ...freeze };
  };
  return {
    begin() {
      state.restart = { at: clock.now(), monotonic: clock.monotonic() };
    },
    end() {
      state.restart = undefined;
    },
    freeze(freeze) {
      state.freeze = freeze;
    },
    thaw() {
      state.freeze = undefined;
    },
    held,
    frozen,
    isOverdue,
  };
}

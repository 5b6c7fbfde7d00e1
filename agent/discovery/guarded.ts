import type { Clock } from "../clock.ts";
import {
  acceptAnswer,
  type GuardNews,
  type GuardRules,
  type GuardState,
  guardFrom,
  heldAnswer,
  missAnswer,
  takeAnswer,
} from "../guard/guard.ts";
import type { HeldAnswer } from "../guard/held.ts";
import type { NamespaceSnapshot } from "../model.ts";
import type { DiscoveryLog, DiscoveryObserver } from "./status.ts";

/** What of one namespace is served: the controllers' answers as the guard lets them pass, or the saved state. */
export interface Guarded {
  /** Undefined while there is nothing to serve. */
  snapshot(): NamespaceSnapshot | undefined;
  /** Undefined while there is nothing to serve. */
  state(): GuardState | undefined;
  held(): HeldAnswer | undefined;
  /**
   * The saved state has been read, if there is one; answers wait for it. It is what the first answer is measured by: an
   * agent that restarts while the controllers have lost their data is not one that never had any.
   */
  know(saved: NamespaceSnapshot | undefined): void;
  /** Controllers were asked in vain: the saved state is served. Undefined if there is none, or an answer has come. */
  fallBack(): NamespaceSnapshot | undefined;
  /** A controller has answered. */
  take(answer: NamespaceSnapshot): void;
  /** A controller has given the same answer again, at this time (ms since the epoch). */
  confirm(fetchedAt: number): void;
  /** A poll has brought no answer. */
  miss(): void;
  /** An operator says that the newest answer is right. Returns what was held until now, if anything was. */
  accept(): HeldAnswer | undefined;
}

export interface GuardedOptions {
  readonly namespace: string;
  /** What the watcher before this one knew; undefined if saved state is still to come. */
  readonly seed: GuardState | undefined;
  readonly rules: () => GuardRules;
  readonly clock: Clock;
  readonly log: DiscoveryLog;
  readonly observer: DiscoveryObserver;
  readonly onChanged: (snapshot: NamespaceSnapshot) => void;
  readonly onConfirmed: (snapshot: NamespaceSnapshot) => void;
}

interface Memory {
  guard: GuardState;
  /** False until what is known may be served. */
  serving: boolean;
  /** False until it is known whether there is a saved state. */
  ready: boolean;
  /** The newest answer, until then. */
  waiting: NamespaceSnapshot | undefined;
}

export function createGuarded(options: GuardedOptions): Guarded {
  const { seed, rules, clock, onChanged, onConfirmed } = options;
  const isSeeded = seed?.served !== undefined;
  const memory: Memory = {
    guard: seed ?? guardFrom(undefined),
    serving: isSeeded,
    ready: isSeeded,
    waiting: undefined,
  };
  const held = () => heldAnswer(memory.guard, rules().inRealm);
  const snapshot = () => (memory.serving ? memory.guard.served : undefined);

  /** Returns what is served from now on. */
  function judge(answer: NamespaceSnapshot): NamespaceSnapshot {
    const { state, news } = takeAnswer(memory.guard, answer, { rules: rules(), now: clock.monotonic() });
    Object.assign(memory, { guard: state, serving: true });
    tell(news, held(), options);
    return state.served;
  }

  return {
    snapshot,
    state: () => (memory.serving ? memory.guard : undefined),
    held,
    know(saved) {
      const { waiting } = memory;
      Object.assign(memory, { ready: true, guard: guardFrom(saved), waiting: undefined });
      if (waiting !== undefined) onChanged(judge(waiting));
    },
    fallBack() {
      if (memory.serving || memory.guard.served === undefined) return undefined;
      memory.serving = true;
      onChanged(memory.guard.served);
      return memory.guard.served;
    },
    take(answer) {
      if (memory.ready) onChanged(judge(answer));
      else memory.waiting = answer;
    },
    confirm(fetchedAt) {
      if (memory.waiting !== undefined) memory.waiting = { ...memory.waiting, fetchedAt };
      const { answer, served } = memory.guard;
      if (answer === undefined) return;
      const now = judge({ ...answer, fetchedAt });
      (now.apps === served?.apps ? onConfirmed : onChanged)(now);
    },
    miss() {
      memory.guard = missAnswer(memory.guard);
    },
    accept() {
      const accepted = held();
      if (accepted === undefined) return undefined;
      memory.guard = acceptAnswer(memory.guard);
      tell([{ decision: "accepted", vhosts: accepted.names }], undefined, options);
      if (memory.guard.served !== undefined) onChanged(memory.guard.served);
      return accepted;
    },
  };
}

const messages = {
  held: "an answer takes too much away: it is held, and what would go stays",
  persisted: "a held answer is confirmed: what it lacks goes",
  recovered: "controllers have what was held again",
  accepted: "a held answer is accepted: what it lacks goes",
} as const satisfies Record<GuardNews["decision"], string>;

/** A cluster may have thousands of vhosts; a line of the log names a few. */
const namesPerLine = 5;

function tell(news: readonly GuardNews[], held: HeldAnswer | undefined, options: GuardedOptions): void {
  const { namespace, log, observer } = options;
  for (const { decision, vhosts } of news) {
    observer.guardDecided({ namespace, decision, vhosts: vhosts.length });
    const facts = { namespace, vhosts: vhosts.length, names: vhosts.slice(0, namesPerLine), ...describe(held) };
    if (decision === "held") log.warn(messages.held, { ...facts, accept: `drove-gateway accept ${namespace}` });
    else log.info(messages[decision], facts);
  }
}

function describe(held: HeldAnswer | undefined) {
  if (held === undefined) return {};
  const { vhosts, members, since } = held;
  return {
    held_vhosts: `${vhosts.lost} of ${vhosts.of}`,
    missing_members: `${members.lost} of ${members.of}`,
    held_since: new Date(since).toISOString(),
  };
}

import { backoff, type Clock, withJitter } from "../clock.ts";
import type { EventSummary } from "../drove/envelope.ts";

/*
 * The watcher of one namespace as a state machine. A poll is a chain of questions to controllers:
 *
 *   leader? ─► summary ─► endpoints ─► done
 *
 * It starts at `summary` while a leader is known and ends there when nothing happened. The summary is always asked before
 * the list, so that an event after the list is still seen by the next poll. Whatever goes wrong with a known leader leads
 * back to `leader?`, once per poll.
 */

/** What a watcher knows between two questions. Times are `clock.monotonic()`. */
export interface WatchState {
  readonly leader: string | undefined;
  /** Up to where events are known, by the leader's clock. Means nothing to another leader. */
  readonly lastSyncTime: number;
  /** Why the full list must be asked for; undefined if only an event would be a reason. */
  readonly due: ListReason | undefined;
  /** When the last list that was not asked for because of an event was answered. */
  readonly resyncedAt: number | undefined;
  /** Polls in a row that got no answer. */
  readonly failures: number;
  /** Controllers have been pinged for their role in this poll. */
  readonly searched: boolean;
}

/**
 * `confirm` is the list one poll after events: an event in the same millisecond as the last one known is not counted.
 * `doubted`: the guard holds the list before, and waits for others that say the same.
 */
export type ListReason = "new-leader" | "clock-went-back" | "interval" | "asked" | "events" | "confirm" | "doubted";

/** In order of strength, after those of a whole resync. */
const partialReasons: readonly (ListReason | undefined)[] = ["events", "confirm", "doubted"];

export type Question =
  | { readonly ask: "leader" }
  | {
      readonly ask: "summary";
      readonly endpoint: string;
      readonly lastSyncTime: number;
      /** `past`: the answer counts what happened before this watcher looked. */
      readonly counts: "past" | "new";
    }
  | {
      readonly ask: "endpoints";
      readonly endpoint: string;
      readonly reason: ListReason;
      /** Relevant events in the summary just before. */
      readonly announced: number;
      /** Time of the newest event before the list, if events are why it is asked for; ms, the controller's clock. */
      readonly eventAt?: number;
    }
  | { readonly ask: "nothing" };

export type Fact =
  | { readonly is: "leader"; readonly endpoint: string }
  | { readonly is: "summary"; readonly summary: EventSummary }
  | { readonly is: "listed"; readonly at: number }
  | { readonly is: "failed"; readonly error: unknown };

export interface Decision {
  readonly state: WatchState;
  readonly question: Question;
}

/** How often what is asked, in ms. */
export interface WatchTiming {
  readonly intervalMs: number;
  readonly resyncMs: number;
  readonly startup: { readonly tries: number; readonly delayMs: number };
}

/** A watcher that knows nothing. */
export const initialState: WatchState = {
  leader: undefined,
  lastSyncTime: 0,
  due: "new-leader",
  resyncedAt: undefined,
  failures: 0,
  searched: false,
};

/** Why somebody wants the full list whatever the events say. */
export type Wanted = Extract<ListReason, "asked" | "doubted">;

/** The first question of a poll. */
export function beginPoll(
  state: WatchState,
  { now, resyncMs, wanted }: { readonly now: number; readonly resyncMs: number; readonly wanted: Wanted | undefined },
): Decision {
  const late = state.resyncedAt !== undefined && now - state.resyncedAt >= resyncMs ? "interval" : undefined;
  const due = strongest(wanted, strongest(state.due, late));
  return askLeader({ ...state, due, searched: false });
}

/** The next question, after the answer to the last one. */
export function decide(state: WatchState, fact: Fact): Decision {
  switch (fact.is) {
    case "leader":
      return askLeader({ ...state, leader: fact.endpoint, lastSyncTime: 0, due: "new-leader" });
    case "summary":
      return afterSummary(state, fact.summary);
    case "listed":
      return afterList(state, fact.at);
    case "failed":
      return afterFailure(state);
  }
}

/** Events after which instances may have come or gone. A leader that restarted within a poll shows only in the last. */
const relevantTypes = ["APP_STATE_CHANGE", "INSTANCE_STATE_CHANGE", "LEADERSHIP_ACQUIRED"];

function relevantEvents({ eventsCount }: EventSummary): number {
  return relevantTypes.reduce((sum, type) => sum + (eventsCount[type] ?? 0), 0);
}

/** True if the list is asked for whatever the events say. */
export function isResync(reason: ListReason | undefined): boolean {
  return reason !== undefined && !partialReasons.includes(reason);
}

/** How long to wait after a poll, in ms. */
export function pauseAfter(state: WatchState, timing: WatchTiming, clock: Clock): number {
  const { intervalMs, startup } = timing;
  if (state.failures === 0) return withJitter(clock, intervalMs, 0.1);
  if (state.resyncedAt === undefined && state.failures < startup.tries) return startup.delayMs;
  return backoff(clock, state.failures, { firstMs: 500, maxMs: Math.max(10_000, intervalMs) });
}

function askLeader(state: WatchState): Decision {
  const { leader, lastSyncTime, due } = state;
  if (leader === undefined) return { state: { ...state, searched: true }, question: { ask: "leader" } };
  const counts = due === "new-leader" || due === "clock-went-back" ? "past" : "new";
  return { state, question: { ask: "summary", endpoint: leader, lastSyncTime, counts } };
}

function afterSummary(state: WatchState, summary: EventSummary): Decision {
  if (state.leader === undefined) return askLeader(state);
  if (summary.lastSyncTime < state.lastSyncTime) {
    return askLeader({ ...state, lastSyncTime: 0, due: "clock-went-back" });
  }
  const announced = relevantEvents(summary);
  const due = strongest(announced > 0 ? "events" : undefined, state.due);
  // `due` stays until the list has arrived: if it does not, the events must not be forgotten.
  const next = { ...state, lastSyncTime: summary.lastSyncTime, due };
  if (due === undefined) return { state: { ...next, failures: 0 }, question: { ask: "nothing" } };
  const eventAt = announced > 0 || due === "events" || due === "confirm" ? { eventAt: summary.lastSyncTime } : {};
  return { state: next, question: { ask: "endpoints", endpoint: state.leader, reason: due, announced, ...eventAt } };
}

function afterList(state: WatchState, at: number): Decision {
  const due = state.due === "events" ? "confirm" : undefined;
  const resyncedAt = isResync(state.due) ? at : state.resyncedAt;
  return { state: { ...state, due, resyncedAt, failures: 0 }, question: { ask: "nothing" } };
}

/** A leader that does not answer is looked for again at once; if that was the answer's fault already, later. */
function afterFailure(state: WatchState): Decision {
  const lost = { ...state, leader: undefined };
  if (!state.searched) return askLeader(lost);
  return { state: { ...lost, failures: state.failures + 1 }, question: { ask: "nothing" } };
}

/** A reason for a whole resync outweighs events, which outweigh a confirmation. */
function strongest(a: ListReason | undefined, b: ListReason | undefined): ListReason | undefined {
  const weak = (reason: ListReason | undefined) => [...partialReasons, undefined].indexOf(reason);
  return weak(a) <= weak(b) ? a : b;
}

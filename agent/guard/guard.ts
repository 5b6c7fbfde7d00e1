import type { RealmFilter } from "../desired/select.ts";
import type { NamespaceSnapshot } from "../model.ts";
import { type DropLimits, dropOf, isLoss, isTooMuch } from "./drop.ts";
import type { GuardDecision, HeldAnswer } from "./held.ts";
import {
  type Confirmation,
  type HeldVhost,
  heldOn,
  hold,
  isBack,
  isConfirmed,
  type Seen,
  unheard,
} from "./held-vhost.ts";
import { losesNothing, type Sizes, sizesOf, vhostKey } from "./sizes.ts";
import { withHeld } from "./with-held.ts";

/*
 * The guard against an answer that is right in form and takes everything down: that of a controller that has just
 * begun to lead, or has lost its data. An answer that takes too much away in one step is held: what is new in it counts
 * at once, and every vhost that is gone or has shrunk too much keeps what it had until the loss is confirmed, by answers
 * that go on saying so or by an operator. Other vhosts follow the answer, so that deployments go on meanwhile.
 */

/** What the guard knows of one namespace. */
export interface GuardState {
  /** What is served: the newest answer, with what is held. */
  readonly served: NamespaceSnapshot | undefined;
  /** The newest answer itself; undefined while `served` is a saved state. */
  readonly answer: NamespaceSnapshot | undefined;
  /** By name of the vhost. */
  readonly held: ReadonlyMap<string, HeldVhost>;
}

/** The same of a namespace that has another name from now on. */
export function renamedTo(namespace: string, { served, answer, held }: GuardState): GuardState {
  const named = (snapshot: NamespaceSnapshot | undefined) =>
    snapshot && { ...snapshot, namespace, notes: snapshot.notes.map((note) => ({ ...note, namespace })) };
  return { served: named(served), answer: named(answer), held };
}

/** After the first answer there is always something to serve. */
type Serving = GuardState & { readonly served: NamespaceSnapshot };

/** The settings, as they are now. */
export interface GuardRules {
  readonly enabled: boolean;
  readonly limits: DropLimits;
  readonly confirmation: Confirmation;
  /** Which vhosts count. The same filter is laid over both sides, so that an edit of it is no loss. */
  readonly inRealm: RealmFilter;
}

/** What an answer has changed, for log and metrics. */
export interface GuardNews {
  readonly decision: GuardDecision;
  readonly vhosts: readonly string[];
}

/** What answers alone can decide. */
const decisions = ["held", "persisted", "recovered"] as const satisfies readonly GuardDecision[];
type Judgement = (typeof decisions)[number];

/** A namespace of which this is known, if anything. */
export function guardFrom(saved: NamespaceSnapshot | undefined): GuardState {
  return { served: saved, answer: undefined, held: new Map() };
}

/** The state after an answer, be it a new one or the same again. `now` is `Clock.monotonic()`. */
export function takeAnswer(
  state: GuardState,
  answer: NamespaceSnapshot,
  { rules, now }: { readonly rules: GuardRules; readonly now: number },
): { readonly state: Serving; readonly news: readonly GuardNews[] } {
  const { served } = state;
  const isNothingNew = state.held.size === 0 && served?.apps === answer.apps;
  if (served === undefined || isNothingNew || !rules.enabled) return { state: settledOn(answer), news: [] };
  if (state.held.size === 0 && losesNothing(served.apps, answer.apps)) return { state: settledOn(answer), news: [] };
  const [before, after] = [sizesBefore(served, state.held, rules.inRealm), sizesOf(answer.apps, rules.inRealm)];
  if (state.held.size === 0 && !isTooMuch(dropOf(before, after), rules.limits)) {
    return { state: settledOn(answer), news: [] };
  }
  const { held, news } = judgeVhosts({ state, served, answer, before, after, rules, now });
  if (held.size === 0) return { state: settledOn(answer), news };
  const isSame = state.answer?.apps === answer.apps && news.length === 0;
  const apps = isSame ? served.apps : withHeld(answer.apps, held);
  // Not all of it is as new as the answer.
  return { state: { served: { ...answer, apps, fetchedAt: served.fetchedAt }, answer, held }, news };
}

/** The state after a poll that brought no answer: confirmations begin anew. */
export function missAnswer(state: GuardState): GuardState {
  if (state.held.size === 0) return state;
  return { ...state, held: new Map([...state.held].map(([vhost, one]) => [vhost, unheard(one)])) };
}

/** The state after an operator's word that the newest answer is right. */
export function acceptAnswer(state: GuardState): GuardState {
  return state.answer === undefined ? state : settledOn(state.answer);
}

/** What is held, for people; undefined if nothing is. */
export function heldAnswer({ served, answer, held }: GuardState, inRealm: RealmFilter): HeldAnswer | undefined {
  if (held.size === 0 || served === undefined || answer === undefined) return undefined;
  const all = [...held.values()];
  const { vhosts, members } = dropOf(sizesBefore(served, held, inRealm), sizesOf(answer.apps, inRealm));
  return {
    since: Math.min(...all.map((one) => one.since)),
    polls: Math.min(...all.map((one) => one.window.polls)),
    vhosts: { ...vhosts, lost: held.size },
    members,
    names: [...held.keys()].sort(),
  };
}

function settledOn(answer: NamespaceSnapshot): Serving {
  return { served: answer, answer, held: new Map() };
}

/** What there was before the loss. */
function sizesBefore(served: NamespaceSnapshot, held: ReadonlyMap<string, HeldVhost>, inRealm: RealmFilter): Sizes {
  const sizes = sizesOf(served.apps, inRealm);
  for (const [vhost, { members }] of held) if (inRealm(vhost)) sizes.set(vhost, members);
  return sizes;
}

interface Judged {
  readonly state: GuardState;
  readonly served: NamespaceSnapshot;
  readonly answer: NamespaceSnapshot;
  readonly before: Sizes;
  readonly after: Sizes;
  readonly rules: GuardRules;
  readonly now: number;
}

/** Once anything is held, every loss is: an answer that recovers bit by bit must not slip below the limits half way. */
function judgeVhosts(judged: Judged): {
  readonly held: ReadonlyMap<string, HeldVhost>;
  readonly news: readonly GuardNews[];
} {
  const held = new Map<string, HeldVhost>();
  const told: Record<Judgement, string[]> = { held: [], persisted: [], recovered: [] };
  const appsOf = appsByVhost(judged.served);
  for (const [vhost, members] of judged.before) {
    const known = judged.state.held.get(vhost);
    const first = { apps: appsOf.get(vhost) ?? [], members, since: judged.answer.fetchedAt };
    const { next, decision } = judgeVhost(known, first, { ...judged, size: judged.after.get(vhost) });
    if (next !== undefined) held.set(vhost, next);
    if (decision !== undefined) told[decision].push(vhost);
  }
  const news = decisions.map((decision) => ({ decision, vhosts: told[decision] }));
  return { held, news: news.filter(({ vhosts }) => vhosts.length > 0) };
}

function judgeVhost(
  known: HeldVhost | undefined,
  first: Omit<HeldVhost, "window">,
  { answer, size, now, rules }: Pick<Judged, "answer" | "now" | "rules"> & Pick<Seen, "size">,
): { readonly next?: HeldVhost; readonly decision?: Judgement } {
  const { limits, confirmation } = rules;
  const seen = { size, now, leader: answer.leader?.endpoint };
  if (known === undefined && !isLoss(first.members, size, limits.maxMemberPercent)) return {};
  if (known !== undefined && isBack(known, size)) return { decision: "recovered" };
  const next = known === undefined ? hold(first, seen) : heldOn(known, seen, limits.maxMemberPercent);
  if (isConfirmed(next, now, confirmation)) return { decision: "persisted" };
  return known === undefined ? { next, decision: "held" } : { next };
}

function appsByVhost({ apps }: NamespaceSnapshot): ReadonlyMap<string, NamespaceSnapshot["apps"]> {
  return Map.groupBy(apps, vhostKey);
}

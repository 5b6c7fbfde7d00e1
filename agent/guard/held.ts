/** What the guard keeps although the newest answer of the controllers lacks it. */
export interface HeldAnswer {
  /** Since when there has been something, in ms since the epoch. */
  readonly since: number;
  /** The fewest answers in a row by which one of the vhosts is confirmed so far. */
  readonly polls: number;
  /** `lost`: vhosts that are held; they are gone in the answer, or have lost too many instances. `of`: all there were. */
  readonly vhosts: { readonly lost: number; readonly of: number };
  /** `lost`: instances that the answer lacks. */
  readonly members: { readonly lost: number; readonly of: number };
  /** The vhosts that are held, sorted. */
  readonly names: readonly string[];
}

/** What was held of a namespace until an operator accepted the answer. */
export interface AcceptedAnswer extends HeldAnswer {
  readonly namespace: string;
}

/**
 * `held` from now on; gone, since the loss has `persisted`; `recovered`: the controllers have it again; `accepted` by an
 * operator.
 */
export type GuardDecision = "held" | "persisted" | "recovered" | "accepted";

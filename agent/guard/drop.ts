import type { Sizes } from "./sizes.ts";

/** How much of a namespace an answer takes away; `of` is what there was. */
export interface Drop {
  /** Vhosts that are gone, or have no instance any more. */
  readonly vhosts: Share;
  /** Instances: what vhosts that shrink have less. Vhosts that grow make up for nothing. */
  readonly members: Share;
  /** True if there are no vhosts left. */
  readonly empties: boolean;
}

export interface Share {
  readonly lost: number;
  readonly of: number;
}

/** When a drop is too much to be believed at once. */
export interface DropLimits {
  readonly maxVhostPercent: number;
  readonly maxMemberPercent: number;
  /** Fewer vhosts than this may always go. */
  readonly minVhosts: number;
  /** Fewer instances than this may always go. */
  readonly minMembers: number;
}

/** A namespace with fewer vhosts may be emptied at once: one app that is removed is no catastrophe. */
const fewestToEmpty = 2;

export function dropOf(before: Sizes, after: Sizes): Drop {
  const drop = { vhosts: { lost: 0, of: before.size }, members: { lost: 0, of: 0 }, empties: after.size === 0 };
  for (const [vhost, size] of before) {
    const now = after.get(vhost);
    drop.members.of += size;
    drop.members.lost += Math.max(0, size - (now ?? 0));
    if (isGone(size, now)) drop.vhosts.lost += 1;
  }
  return drop;
}

export function isTooMuch({ vhosts, members, empties }: Drop, limits: DropLimits): boolean {
  return (
    (empties && vhosts.of >= fewestToEmpty) ||
    (vhosts.lost >= limits.minVhosts && exceeds(vhosts, limits.maxVhostPercent)) ||
    (members.lost >= limits.minMembers && exceeds(members, limits.maxMemberPercent))
  );
}

/** True if a vhost is gone, or has lost more than this share of its instances. Undefined is a vhost that is not there. */
export function isLoss(before: number | undefined, now: number | undefined, maxPercent: number): boolean {
  if (before === undefined) return false;
  return isGone(before, now) || exceeds({ lost: before - (now ?? 0), of: before }, maxPercent);
}

function isGone(before: number, now: number | undefined): boolean {
  return now === undefined || (now === 0 && before > 0);
}

function exceeds({ lost, of }: Share, percent: number): boolean {
  return lost * 100 > of * percent;
}

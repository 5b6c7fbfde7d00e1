import type { DroveApp } from "../model.ts";
import { isLoss } from "./drop.ts";

/** A vhost that keeps the instances it had, although the controllers' answer has fewer. */
export interface HeldVhost {
  /** Its apps as they were accepted last. */
  readonly apps: readonly DroveApp[];
  /** Their instances. */
  readonly members: number;
  /** When it was first held, in ms since the epoch. */
  readonly since: number;
  /** For how long answers have been saying the same. */
  readonly window: Window;
}

/** A row of answers, none failing between them, from one leader, in which the vhost does not shrink any further. */
interface Window {
  /** Of the first of them; `Clock.monotonic()`. */
  readonly start: number;
  readonly polls: number;
  readonly leader: string | undefined;
  /** The most instances that one of them had; undefined if the vhost was in none. */
  readonly most: number | undefined;
}

/** What an answer says of one vhost. */
export interface Seen {
  /** Undefined if the vhost is not there. */
  readonly size: number | undefined;
  readonly leader: string | undefined;
  /** `Clock.monotonic()`. */
  readonly now: number;
}

export interface Confirmation {
  readonly polls: number;
  readonly ms: number;
}

export function hold(vhost: Omit<HeldVhost, "window">, seen: Seen): HeldVhost {
  return { ...vhost, window: opened(seen) };
}

/**
 * The same vhost after one more answer. A new leader, or a further loss, must persist by itself: an answer that grows
 * worse just before the time is over was never confirmed.
 */
export function heldOn(vhost: HeldVhost, seen: Seen, maxPercent: number): HeldVhost {
  const { window } = vhost;
  const restarts = window.polls === 0 || window.leader !== seen.leader || isLoss(window.most, seen.size, maxPercent);
  if (restarts) return { ...vhost, window: opened(seen) };
  const most = seen.size === undefined ? window.most : Math.max(seen.size, window.most ?? 0);
  return { ...vhost, window: { ...window, polls: window.polls + 1, most } };
}

/** The same vhost after a poll without an answer: what was counted does not count any more. */
export function unheard(vhost: HeldVhost): HeldVhost {
  return { ...vhost, window: { ...vhost.window, polls: 0 } };
}

export function isConfirmed({ window }: HeldVhost, now: number, needed: Confirmation): boolean {
  return window.polls >= needed.polls && now - window.start >= needed.ms;
}

/** True if the answer has the vhost again with as many instances, be they others. */
export function isBack({ members }: HeldVhost, size: number | undefined): boolean {
  return size !== undefined && size >= members;
}

function opened({ now, leader, size }: Seen): Window {
  return { start: now, polls: 1, leader, most: size };
}

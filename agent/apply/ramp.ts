/** A server on its way up. */
export interface Warming {
  readonly backend: string;
  readonly server: string;
  /** The one that it gets in the end. */
  readonly weight: number;
}

/** A new member begins with this share of its weight: enough to warm up with. */
const firstPercent = 10;

/** The share of its weight that a member has so long after it came, in percent: it grows evenly, up to 100. */
export function rampPercent(elapsedMs: number, warmUpMs: number): number {
  if (elapsedMs >= warmUpMs) return 100;
  return Math.floor(firstPercent + (100 - firstPercent) * Math.max(0, elapsedMs / warmUpMs));
}

/** That share of a weight; never 0, which would take no request at all. */
export function shareOf(weight: number, percent: number): number {
  return Math.max(1, Math.floor((weight * percent) / 100));
}

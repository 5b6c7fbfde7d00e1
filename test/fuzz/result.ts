/** What one part of the fuzzing came to. */
export interface FuzzResult {
  readonly generated: number;
  /** Lines for people: what of it, and how many. */
  readonly details: Readonly<Record<string, number>>;
}

/** One run of a part: so many things, from this seed. */
export interface FuzzOptions {
  readonly count: number;
  readonly seed: number;
  readonly folder: string;
}

/** Each part: throws at the first thing that is not as it should be. */
export type Fuzz = (options: FuzzOptions) => Promise<FuzzResult>;

/** A failure with all that is needed to see it again. */
export function expectSame(actual: unknown, expected: unknown, what: string): void {
  if (actual === expected) return;
  throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

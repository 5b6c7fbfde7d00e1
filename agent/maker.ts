import type { Clock } from "./clock.ts";
import { createMemo } from "./memo.ts";
import type { ConfigShape } from "./plan/shape.ts";
import { type Ingredients, type Made, makeFile } from "./stages.ts";

/** What a file is made of in one cycle; `made` and `renderMs` say what came of it. */
export type MakeFile = (
  ingredients: Omit<Ingredients, "world" | "hash" | "now"> & { readonly fingerprint: string; readonly built: unknown },
) => {
  readonly made: Made;
  /** Undefined if nothing had to be rendered. */
  readonly renderMs: number | undefined;
};

/** Renders the file, unless everything that goes into it is what went in last time. */
export function createMaker(parts: Pick<Ingredients, "world" | "hash"> & { readonly clock: Clock }): MakeFile {
  const { clock, world, hash } = parts;
  const madeOnce = createMemo<Made>();
  return ({ built, fingerprint, ...given }) => {
    const { template, config } = given;
    const { version, file, dnsFailure } = given.running;
    let renderMs: number | undefined;
    const made = madeOnce(
      [built, fingerprint, template, config, version, dnsFailure, file?.text, file?.renderedAt],
      () => {
        const begun = clock.monotonic();
        const result = makeFile({ ...given, world, hash, now: clock.now() });
        renderMs = clock.monotonic() - begun;
        return result;
      },
    );
    return { made, renderMs };
  };
}

/** Remembers the shapes of two texts: the one made, and the one on disk, which mostly is the one made before. */
export function createShapeMemo(): (made: Made, text: string) => ConfigShape {
  const known: { made: KnownShape | undefined; onDisk: KnownShape | undefined } = {
    made: undefined,
    onDisk: undefined,
  };
  return (made, text) => {
    if (text !== made.file.text) {
      known.onDisk = shapeOnce(known.onDisk, { made, text });
      return known.onDisk.shape;
    }
    const next = shapeOnce(known.made, { made, text });
    if (next !== known.made) Object.assign(known, { made: next, onDisk: known.made });
    return next.shape;
  };
}

interface KnownShape {
  readonly text: string;
  readonly shapeOf: Made["shapeOf"];
  readonly shape: ConfigShape;
}

function shapeOnce(
  known: KnownShape | undefined,
  { made: { shapeOf }, text }: { readonly made: Made; readonly text: string },
): KnownShape {
  if (known?.shapeOf === shapeOf && known.text === text) return known;
  return { text, shapeOf, shape: shapeOf(text) };
}

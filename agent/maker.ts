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

/** Remembers the shapes of two texts, the one made and the one on disk. */
export function createShapeMemo(): (made: Made, text: string) => ConfigShape {
  const newShape = createMemo<ConfigShape>();
  const oldShape = createMemo<ConfigShape>();
  return (made, text) => (text === made.file.text ? newShape : oldShape)([made, text], () => made.shapeOf(text));
}

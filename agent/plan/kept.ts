import type { Plan, RenderedFile, RunningState } from "../model.ts";

/**
 * What has to happen while changes are held: nothing, but that a proxy which does not run is started with the file it
 * has, where starting it is ours to do. Undefined if there is no file to keep.
 */
export function planKept(
  { file, running, startable, servedGeneration }: RunningState,
  { path, hash }: { readonly path: string; readonly hash: (text: string) => string },
): Plan | undefined {
  if (file === undefined) return undefined;
  const carriesGeneration = servedGeneration !== undefined && file.text.includes(servedGeneration);
  const generation = carriesGeneration ? servedGeneration : hash(file.text);
  const kept: RenderedFile = { ...file, path, generation, carriesGeneration };
  const starts = !running && startable;
  return {
    kind: starts ? "start" : "none",
    file: kept,
    reasons: starts ? [{ code: "proxy-started", subjects: [path], count: 1 }] : [],
    steps: [],
    check: "needed",
    writes: true,
    missingBackends: [],
  };
}

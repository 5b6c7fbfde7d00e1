import type { Plan, RenderedFile, RunningState } from "../model.ts";

/**
 * What has to happen while changes are held: nothing, but that a proxy which does not run is started with the file it
 * has, where starting it is ours to do. Undefined if there is no file to keep. `pinned`: an earlier file that the proxy
 * is to have instead.
 */
export function planKept(
  running: RunningState,
  {
    path,
    hash,
    pinned,
  }: { readonly path: string; readonly hash: (text: string) => string; readonly pinned?: RenderedFile | undefined },
): Plan | undefined {
  const file = pinned ?? inUse(running, { path, hash });
  if (file === undefined) return undefined;
  const plan = { file, steps: [], check: "needed", writes: true, missingBackends: [] } as const;
  const starts = !running.running && running.startable;
  const isThere = pinned === undefined || (running.file?.text === pinned.text && !running.unproven);
  if (!isThere) {
    const kind = running.running ? "reload" : starts ? "start" : "write";
    return { ...plan, kind, reasons: [{ code: "rolled-back", subjects: [path], count: 1 }] };
  }
  if (!starts) return { ...plan, kind: "none", reasons: [] };
  return { ...plan, kind: "start", reasons: [{ code: "proxy-started", subjects: [path], count: 1 }] };
}

/** The file on disk, by the generation that the proxy says it serves, if it is that. */
export function inUse(
  { file, servedGeneration }: RunningState,
  { path, hash }: { readonly path: string; readonly hash: (text: string) => string },
): RenderedFile | undefined {
  if (file === undefined) return undefined;
  const carriesGeneration = servedGeneration !== undefined && file.text.includes(servedGeneration);
  const generation = carriesGeneration ? servedGeneration : hash(file.text);
  return { ...file, path, generation, carriesGeneration };
}

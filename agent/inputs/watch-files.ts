import { stat } from "node:fs/promises";
import type { FSWatcher } from "chokidar";
import type { Clock } from "../clock.ts";

/** Watches the files that the agent was configured from. */
export interface FileWatch {
  /** Watches these paths from now on, and no others. */
  follow(paths: readonly string[]): void;
  close(): Promise<void>;
}

/**
 * Calls `onChange` after an edit has settled. Polling, because nothing else notices every way of editing: renames by
 * editors, swaps of a ConfigMap's link, edits through a bind mount. It begins after `begin`, as loading the watcher would
 * hold up a start, and calls `onBegun` when edits are noticed from then on: those from before are not.
 */
export function watchFiles(
  onChange: () => void,
  { begin, onBegun = () => undefined }: { readonly begin?: Promise<unknown>; readonly onBegun?: () => void } = {},
): FileWatch {
  const state: { followed: readonly string[]; watcher: FSWatcher | undefined; closed: boolean } = {
    followed: [],
    watcher: undefined,
    closed: false,
  };

  async function open(): Promise<void> {
    await begin;
    const { watch } = await import("chokidar");
    if (state.closed) return;
    const watcher = watch([...state.followed], {
      backend: "polling",
      pollingInterval: 500,
      awaitWriteFinish: { stabilityThreshold: 200, pollInterval: 50 },
      ignoreInitial: true,
    });
    watcher.on("all", onChange);
    watcher.on("error", onChange);
    watcher.on("ready", onBegun);
    state.watcher = watcher;
  }

  const opened = open();
  return {
    follow(paths) {
      const gone = state.followed.filter((path) => !paths.includes(path));
      const added = paths.filter((path) => !state.followed.includes(path));
      if (gone.length > 0) state.watcher?.unwatch([...gone]);
      if (added.length > 0) state.watcher?.add([...added]);
      state.followed = paths;
    },
    async close() {
      state.closed = true;
      if (state.watcher === undefined) return;
      await opened;
      await state.watcher.close();
    },
  };
}

/**
 * Finds single-file mounts that were replaced outside: the container keeps the old file for ever, with no name left.
 * Calls `onReplaced` once for each.
 */
export async function watchMounts(options: {
  readonly paths: () => readonly string[];
  readonly clock: Clock;
  readonly onReplaced: (path: string) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  const told = new Set<string>();
  while (!options.signal.aborted) {
    for (const path of options.paths()) {
      const info = await stat(path).catch(() => undefined);
      if (info?.nlink !== 0 || told.has(path)) continue;
      told.add(path);
      options.onReplaced(path);
    }
    await options.clock.sleep(5000, options.signal);
  }
}

import { stat } from "node:fs/promises";
import type { FSWatcher, watch } from "chokidar";
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
 * hold up a start, and calls `onBegun`, at each new list of paths anew, when edits are noticed from then on: those from
 * before may not be.
 */
export function watchFiles(
  onChange: () => void,
  { begin, onBegun = () => undefined }: { readonly begin?: Promise<unknown>; readonly onBegun?: () => void } = {},
): FileWatch {
  const state: {
    followed: readonly string[];
    watch: typeof watch | undefined;
    ready: FSWatcher | undefined;
    next: FSWatcher | undefined;
    closed: boolean;
  } = { followed: [], watch: undefined, ready: undefined, next: undefined, closed: false };

  /** A watcher for each list: chokidar's `unwatch` of a folder is also one of each followed file in it. */
  function renew(): void {
    if (state.watch === undefined || state.closed) return;
    retire(state.next);
    const watcher = state.watch([...state.followed], {
      backend: "polling",
      pollingInterval: 500,
      awaitWriteFinish: { stabilityThreshold: 200, pollInterval: 50 },
      ignoreInitial: true,
    });
    watcher.on("all", onChange);
    watcher.on("error", onChange);
    watcher.on("ready", () => {
      retire(state.ready);
      state.ready = watcher;
      state.next = undefined;
      onBegun();
    });
    state.next = watcher;
  }

  async function open(): Promise<void> {
    await begin;
    state.watch = (await import("chokidar")).watch;
    renew();
  }

  void open();
  return {
    follow(paths) {
      const isSame = paths.length === state.followed.length && paths.every((path) => state.followed.includes(path));
      state.followed = paths;
      if (!isSame) renew();
    },
    async close() {
      state.closed = true;
      await Promise.all([state.ready?.close(), state.next?.close()]);
    },
  };
}

/** Another watcher has taken over: how this one ends is of no interest any more. */
function retire(watcher: FSWatcher | undefined): void {
  watcher?.close().catch(() => undefined);
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

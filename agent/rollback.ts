import type { Cycle } from "./agent.ts";
import type { Clock, Wake } from "./clock.ts";
import { messageOf } from "./errors.ts";
import type { Freezer } from "./freezer.ts";
import type { Freeze, Hold } from "./hold.ts";
import type { RenderedFile } from "./model.ts";
import type { History } from "./records/history.ts";

/** How a rollback ended. `refused`: it was not tried, or the proxy has again what it had before. */
export type RollbackResult =
  | { readonly outcome: "applied"; readonly generation: number; readonly missing: readonly string[] }
  | { readonly outcome: "refused"; readonly message: string };

/** Rolls back to an entry of the history, and holds it until somebody thaws. */
export interface Rollback {
  to(wish: { readonly generation: number; readonly reason: string }): Promise<RollbackResult>;
  /** Told of every cycle. */
  onCycle(cycle: Cycle): void;
}

/** The longest that a rollback is waited for, in ms; it goes on all the same. */
const longestMs = 25_000;

export function createRollback(parts: {
  readonly history: Pick<History, "read"> | undefined;
  readonly freezer: Freezer;
  readonly hold: Hold;
  readonly clock: Clock;
  readonly wake: Wake;
  /** Why the configuration is not ours to change, if it is not. */
  readonly forbidden: () => string | undefined;
  /** The file that the proxy reads. */
  readonly path: () => string;
}): Rollback {
  const { history, freezer, hold, clock, wake } = parts;
  const waiting = new Set<(cycle: Cycle) => void>();

  /** The first cycle that had this to do. */
  async function carriedOut(generation: number): Promise<Cycle | undefined> {
    const { promise, resolve } = Promise.withResolvers<Cycle | undefined>();
    const listen = (cycle: Cycle) => {
      if (cycle.held?.by === "freeze" && cycle.held.rollback?.generation === generation) resolve(cycle);
    };
    waiting.add(listen);
    const done = new AbortController();
    void clock.sleep(longestMs, done.signal).then(() => resolve(undefined));
    const cycle = await promise;
    done.abort();
    waiting.delete(listen);
    return cycle;
  }

  async function to({ generation, reason }: Parameters<Rollback["to"]>[0]): Promise<RollbackResult> {
    const found = await findFile(generation);
    if ("message" in found) return { outcome: "refused", message: found.message };
    const before = hold.frozen();
    const ended = carriedOut(generation);
    const { file } = found;
    await freezer.freeze({ forMs: undefined, reason, rollback: { generation, file } });
    const cycle = fallbackOrSelf(await ended);
    if (cycle === undefined)
      return { outcome: "refused", message: "it is not known yet whether the proxy has taken it; see plan" };
    if (cycle.error === undefined) {
      // What waits from now on is found out by the next look.
      wake.ring();
      return { outcome: "applied", generation, missing: missingFrom(file, cycle) };
    }
    if (before !== undefined) await freezer.freeze(again(before, clock.now()));
    else await freezer.thaw();
    return { outcome: "refused", message: `the proxy goes on with what it had: ${messageOf(cycle.error)}` };
  }

  async function findFile(generation: number): Promise<{ readonly file: RenderedFile } | { readonly message: string }> {
    const forbidden = parts.forbidden();
    if (history === undefined) return { message: "there is no history: state_persistence_enabled is false" };
    if (forbidden !== undefined) return { message: forbidden };
    const entry = await history.read(generation);
    if (entry === undefined) return { message: `there is no generation ${generation} in the history` };
    if (entry.outcome === "failed") return { message: `generation ${generation} was refused: ${entry.error}` };
    const { file } = entry.content;
    if (file.path !== parts.path()) return { message: `generation ${generation} was for another file, ${file.path}` };
    return { file };
  }

  return {
    to,
    onCycle(cycle) {
      for (const listen of waiting) listen(cycle);
    },
  };
}

/** While the newest template fails, it is the last good one's cycle that gives the proxy its file. */
function fallbackOrSelf(cycle: Cycle | undefined): Pick<Cycle, "error" | "built"> | undefined {
  return cycle?.fallback ?? cycle;
}

/** The freeze of before, for the rest of its time. */
function again({ until, reason, rollback }: Freeze, now: number) {
  const forMs = until === undefined ? undefined : Math.max(1, until - now);
  return { forMs, reason, ...(rollback && { rollback }) };
}

/** Vhosts of now that the configuration of then does not name. */
function missingFrom({ text }: RenderedFile, { built }: Pick<Cycle, "built">): readonly string[] {
  const words = new Set(text.match(/[*\w.-]+/g));
  // HAProxy has `*.a.test` as `.a.test`.
  const names = (built?.value.vhosts ?? []).map((vhost) => vhost.name);
  return names.filter((name) => !words.has(name) && !(name.startsWith("*.") && words.has(name.slice(1))));
}

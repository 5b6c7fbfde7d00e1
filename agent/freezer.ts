import type { Clock, Wake } from "./clock.ts";
import { messageOf } from "./errors.ts";
import type { Freeze, Hold } from "./hold.ts";
import type { Logger } from "./log.ts";
import type { RenderedFile } from "./model.ts";
import type { FreezeFile } from "./records/freeze-file.ts";

/** The operator's `freeze` and `thaw`, which outlive the agent where there is a directory for state. */
export interface Freezer {
  /** Takes up the freeze of an earlier agent. */
  restore(): Promise<void>;
  /** `saved` is false if a restart of the agent would end it; `forMs` undefined: until somebody thaws. */
  freeze(wish: {
    readonly forMs: number | undefined;
    readonly reason: string;
    readonly rollback?: Freeze["rollback"];
  }): Promise<Freeze & { readonly saved: boolean }>;
  /** False if nothing was frozen. */
  thaw(): Promise<boolean>;
}

/** Joins the hold of the loop with the file that keeps it. */
export function createFreezer(parts: {
  readonly hold: Hold;
  /** Undefined if state is not kept. */
  readonly file: FreezeFile | undefined;
  /** The file of an entry of the history; throws if it cannot be had. */
  readonly recorded: (generation: number) => Promise<RenderedFile>;
  readonly wake: Wake;
  readonly clock: Clock;
  readonly log: Logger;
}): Freezer {
  const { hold, file, wake, clock, log } = parts;
  const tell = ({ since, until, reason }: Freeze) => ({
    since: new Date(since).toISOString(),
    until: until === undefined ? "somebody thaws" : new Date(until).toISOString(),
    reason,
  });
  const onFailure = (what: string) => (error: unknown) => {
    log.error(what, { error: messageOf(error) });
    return false;
  };
  const onLost = (error: unknown) => {
    onFailure("what was rolled back to cannot be read, the proxy keeps what it has")(error);
    return undefined;
  };
  return {
    async restore() {
      const freeze = await file?.load().catch((error: unknown) => {
        onFailure("the freeze of before cannot be read, changes are applied")(error);
        return undefined;
      });
      if (freeze === undefined) return;
      const { rollback: generation, ...rest } = freeze;
      const pinned = generation === undefined ? undefined : await parts.recorded(generation).catch(onLost);
      hold.freeze({ ...rest, ...(generation !== undefined && pinned && { rollback: { generation, file: pinned } }) });
      if (hold.frozen() === undefined) return;
      log.warn("changes are still frozen", tell(rest));
    },
    async freeze({ forMs, reason, rollback }) {
      const since = clock.now();
      const freeze = { since, until: forMs === undefined ? undefined : since + forMs, reason };
      hold.freeze({ ...freeze, ...(rollback && { rollback }) });
      log.warn("changes are frozen", tell(freeze));
      const notSaved = onFailure("the freeze is not saved, a restart of the agent would end it");
      const saved =
        file !== undefined &&
        (await file.save({ ...freeze, ...(rollback && { rollback: rollback.generation }) }).then(() => true, notSaved));
      wake.ring();
      return { ...freeze, saved };
    },
    async thaw() {
      const wasFrozen = hold.frozen() !== undefined;
      hold.thaw();
      await file
        ?.remove()
        .catch(onFailure("the file of the freeze cannot be removed, the next agent would freeze again"));
      if (wasFrozen) log.info("changes are applied again");
      wake.ring();
      return wasFrozen;
    },
  };
}

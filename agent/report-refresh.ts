import type { Clock } from "./clock.ts";
import { messageOf } from "./errors.ts";
import type { Refreshed } from "./inputs/refresh.ts";
import { errorFacts, type Logger } from "./log.ts";
import type { Note } from "./model.ts";
import { type BoardHolder, type Concern, withConfigNotes, withFailure, withSuccess } from "./status/board.ts";

/** Returns the reporter of refreshed inputs: board and log, each error and note told once. */
export function createRefreshReporter(parts: {
  readonly board: BoardHolder;
  readonly log: Logger;
  readonly clock: Clock;
}): (refreshed: Refreshed) => void {
  const told = new Map<Concern, string>();
  // The agent does not start without a good configuration.
  const hasGood = new Set<Concern>(["config"]);
  let notesTold: ReadonlySet<string> = new Set();

  function tell(concern: "config" | "template", error: unknown): void {
    const at = parts.clock.now();
    const message = error === undefined ? "" : messageOf(error);
    const before = told.get(concern) ?? "";
    told.set(concern, message);
    if (message === "") hasGood.add(concern);
    const outcome = hasGood.has(concern) ? "the last good one stays" : "nothing is rendered until it is corrected";
    parts.board.update((now) =>
      message === ""
        ? withSuccess(now, { concern, at })
        : withFailure(now, { concern, at, message: `${message} (${outcome})` }),
    );
    if (message === before) return;
    if (message === "") parts.log.info(`the ${concern} is good again`);
    else parts.log.error(`the ${concern} cannot be used, ${outcome}`, errorFacts(error));
  }

  return (refreshed) => {
    tell("config", refreshed.configError);
    tell("template", refreshed.templateError);
    if (refreshed.changed.length > 0) parts.log.info("the configuration has changed", { keys: refreshed.changed });
    if (refreshed.configError !== undefined) return;
    parts.board.update((now) => withConfigNotes(now, refreshed.notes));
    const fresh = refreshed.notes.filter((note) => !notesTold.has(keyOf(note)));
    for (const note of fresh) parts.log.warn(note.message, { code: note.code, key: note.subject });
    notesTold = new Set(refreshed.notes.map(keyOf));
  };
}

function keyOf(note: Note): string {
  return `${note.code} ${note.subject} ${note.message}`;
}

import type { Note } from "../model.ts";
import { type LogMark, markLog, readSince } from "./nginx-log.ts";

/** Looks for servers that nginx has no room for: it says so in its error log only, and goes on without them. */
export interface FullZone {
  /** What nginx has said since it was reloaded, in the log at this path; only from the first look on. */
  look(errorLog: string | undefined): Promise<readonly Note[]>;
  /** nginx is about to load its configuration: what it says from now on counts. */
  forget(errorLog: string | undefined): Promise<void>;
}

/** Nothing seen yet. */
export function createFullZone(): FullZone {
  const known: { mark: LogMark | undefined; zone: string | undefined } = { mark: undefined, zone: undefined };
  return {
    async look(errorLog) {
      const next = await markLog(errorLog);
      const grown = known.mark?.path === errorLog ? await readSince(known.mark) : undefined;
      known.mark = next;
      known.zone = fullZoneIn(grown ?? "") ?? known.zone;
      return known.zone === undefined ? [] : [noteOf(known.zone)];
    },
    async forget(errorLog) {
      known.mark = await markLog(errorLog);
      known.zone = undefined;
    },
  };
}

function fullZoneIn(text: string): string | undefined {
  return /no memory in upstream zone "([^"\n]+)"/.exec(text)?.[1];
}

function noteOf(zone: string): Note {
  const message = `the shared memory "${zone}" has no room for all servers: nginx leaves some out, and would not start with this file; give its "zone" in the template a larger size`;
  return { code: "zone-full", subject: zone, message };
}

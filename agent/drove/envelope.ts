import * as v from "valibot";
import { onOneLine } from "../control-characters.ts";
import { AgentError } from "../errors.ts";

/** Events by type since the asked time, and the time to ask from next (the controller's clock, ms since the epoch). */
export interface EventSummary {
  readonly eventsCount: Readonly<Record<string, number>>;
  readonly lastSyncTime: number;
}

const envelopeSchema = v.object(
  {
    status: v.picklist(["SUCCESS", "FAILED"], 'has no status "SUCCESS" or "FAILED"'),
    data: v.optional(v.unknown()),
    message: v.fallback(v.nullish(v.string(), ""), ""),
  },
  missing("is not a JSON object"),
);

const count = v.pipe(v.number("has an event count that is no number"), v.minValue(0, "has a negative event count"));

const summarySchema = v.object(
  {
    eventsCount: v.nullish(v.record(v.string(), count, "has no eventsCount"), {}),
    lastSyncTime: v.pipe(
      v.number("has no lastSyncTime"),
      v.safeInteger("has a lastSyncTime that is no whole number"),
      v.minValue(0, "has a negative lastSyncTime"),
    ),
  },
  missing("has no data"),
);

/** The message for an object that lacks a key; `otherwise` if it is no object at all. */
export function missing(otherwise: string): (issue: v.ObjectIssue) => string {
  return ({ path }) => (path === undefined ? otherwise : `has no ${String(path[0].key)}`);
}

/** The `data` of an answer that says SUCCESS. Throws `controller-garbage` for anything else. */
export function readData(text: string): unknown {
  const envelope = readEnvelope(text);
  if (envelope.status === "FAILED") throw garbage(`says FAILED: ${oneLine(envelope.message)}`);
  return envelope.data;
}

/** Throws unless the answer to a ping is `pong`. */
export function readPong(text: string): void {
  if (readData(text) !== "pong") throw garbage('is not "pong"');
}

/** Reads the answer of `/apis/v1/cluster/events/summary`. */
export function readEventSummary(text: string): EventSummary {
  const result = v.safeParse(summarySchema, readData(text), { abortEarly: true });
  if (!result.success) throw garbage(result.issues[0].message);
  return result.output;
}

/** The message of an answer that says FAILED, as a controller that does not lead sends it with status 400. */
export function readRefusal(text: string): string {
  const envelope = readEnvelope(text);
  if (envelope.status !== "FAILED") throw garbage("says SUCCESS with an HTTP status of failure");
  return oneLine(envelope.message);
}

/** Text of a controller made fit for a message of ours: one line, not endless. */
export function oneLine(text: string): string {
  const line = onOneLine(text);
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

/** What is wrong with an answer; the client adds whose answer it is. */
export function garbage(what: string, cause?: unknown): AgentError {
  return new AgentError("controller-garbage", `the answer ${what}`, { cause });
}

function readEnvelope(text: string): v.InferOutput<typeof envelopeSchema> {
  const result = v.safeParse(envelopeSchema, parseJson(text), { abortEarly: true });
  if (!result.success) throw garbage(result.issues[0].message);
  return result.output;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // V8's message quotes the text, which is not ours to repeat.
    throw garbage(text.trim() === "" ? "is empty" : "is not JSON");
  }
}

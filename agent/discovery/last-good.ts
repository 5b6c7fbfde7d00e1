import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import type { Clock } from "../clock.ts";
import { withDeadline } from "../deadline.ts";
import { missing } from "../drove/envelope.ts";
import { readApps } from "../drove/schema.ts";
import { AgentError, isMissing, messageOf } from "../errors.ts";
import type { NamespaceSnapshot } from "../model.ts";

/** The last good snapshot of each namespace, on disk, so that a restart while controllers are away loses nothing. */
export interface LastGood {
  /** Replaces the file of the namespace, atomically. Throws `disk-failed`; the file before stays then. */
  save(snapshot: NamespaceSnapshot): Promise<void>;
  /** What was saved, or undefined if nothing was. Throws `disk-failed` if the file cannot be read or trusted. */
  load(namespace: string, signal: AbortSignal): Promise<NamespaceSnapshot | undefined>;
}

const schemaVersion = 1;

const fileSchema = v.object(
  {
    schemaVersion: v.literal(schemaVersion, "has a schemaVersion of another version of the agent"),
    namespace: v.string("names no namespace"),
    fetchedAt: v.pipe(v.number("has no fetchedAt"), v.minValue(1, "has no fetchedAt")),
    leader: v.nullable(
      v.object({ endpoint: v.string(), host: v.string(), port: v.number() }, "has a malformed leader"),
      null,
    ),
    apps: v.array(v.unknown(), "has no list of apps"),
  },
  missing("is not a JSON object"),
);

/** `timeoutMs` bounds each call: a network file system can hang for ever. */
export function createLastGood(options: {
  readonly directory: string;
  readonly clock: Clock;
  readonly timeoutMs: number;
}): LastGood {
  const { directory, clock, timeoutMs } = options;
  const never = new AbortController().signal;
  // A write that hangs cannot be stopped. While it does, no other is started: they would use up all of Node's file threads.
  const writing = new Set<string>();

  async function write(path: string, text: string): Promise<void> {
    if (writing.has(path)) throw new Error("the write before this one still hangs");
    writing.add(path);
    await mkdir(directory, { recursive: true })
      .then(() => replaceFile(path, text))
      .finally(() => writing.delete(path));
  }

  return {
    async save(snapshot) {
      const path = fileOf(directory, snapshot.namespace);
      const work = () => write(path, serialize(snapshot));
      await withDeadline({ clock, signal: never, ms: timeoutMs }, work).catch((error: unknown) => {
        throw diskError(
          `state of namespace ${snapshot.namespace} cannot be saved to ${path}: ${messageOf(error)}`,
          path,
        );
      });
    },
    async load(namespace, signal) {
      const path = fileOf(directory, namespace);
      const text = await withDeadline({ clock, signal, ms: timeoutMs }, () => readIfPresent(path)).catch(
        (error: unknown) => {
          throw diskError(`state of namespace ${namespace} cannot be read from ${path}: ${messageOf(error)}`, path);
        },
      );
      return text === undefined ? undefined : deserialize(text, { namespace, path, now: clock.now() });
    },
  };
}

/** Names are free text. Encoded, none of them leaves the directory or meets another's file or temporary file. */
export function fileOf(directory: string, namespace: string): string {
  return join(directory, `${encodeURIComponent(namespace.toWellFormed())}.json`);
}

function serialize({ namespace, fetchedAt, leader, apps }: NamespaceSnapshot): string {
  return `${JSON.stringify({ schemaVersion, namespace, fetchedAt, leader: leader ?? null, apps })}\n`;
}

interface Expected {
  readonly namespace: string;
  readonly path: string;
  readonly now: number;
}

function deserialize(text: string, { namespace, path, now }: Expected): NamespaceSnapshot {
  const result = v.safeParse(fileSchema, parseJson(text, path), { abortEarly: true });
  if (!result.success) throw unusable(path, result.issues[0].message);
  const { leader, fetchedAt, apps, ...saved } = result.output;
  if (saved.namespace !== namespace) throw unusable(path, "belongs to another namespace");
  const { value, notes } = readApps(apps);
  return {
    namespace,
    apps: value,
    leader: leader ?? undefined,
    // A clock that was ahead must not make old state look fresh.
    fetchedAt: Math.min(fetchedAt, now),
    source: "disk",
    notes: notes.map((note) => ({ ...note, namespace })),
  };
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unusable(path, "is cut or corrupt: it is not JSON");
  }
}

function unusable(path: string, what: string): AgentError {
  return diskError(`saved state ${path} ${what}; it is ignored and will be replaced`, path);
}

function diskError(message: string, path: string): AgentError {
  return new AgentError("disk-failed", message, { facts: { path } });
}

/** One temporary name per file: one that a crash leaves behind is overwritten by the next write. */
async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

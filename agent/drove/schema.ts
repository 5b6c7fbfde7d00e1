import { followIn } from "../follow.ts";
import type { DroveApp, Endpoint, Note } from "../model.ts";
import { garbage, oneLine, readData } from "./envelope.ts";

/** The apps that could be read, and a note for each that could not. */
export interface AppList {
  readonly value: readonly DroveApp[];
  readonly notes: readonly Note[];
}

type Fields = Readonly<Record<string, unknown>>;

/** An entry in which `faultOf` finds no fault. */
interface Shape {
  readonly appName?: unknown;
  readonly appId: string;
  readonly vhost: string;
  readonly tags: Fields | null | undefined;
  readonly hosts: readonly unknown[];
}

/** Reads the answer of `/apis/v1/endpoints`: a bad app is dropped with a note, a bad envelope throws. */
export function readEndpoints(text: string): AppList {
  return readApps(readData(text));
}

/*
 * Written by hand: a schema library allocates for every one of 500,000 hosts, and half a second of work would hold up
 * the internal API. Only shapes are checked here; what a vhost, host or port may be is for the desired state to say.
 */

/** What is known of a list from elsewhere. */
export interface ListContext {
  /** Where it begins, if it is a part of a longer one. */
  readonly firstIndex?: number;
  /** The app of before with this id: what has not changed of its hosts is the same objects again. */
  readonly formerApp?: (appId: string) => DroveApp | undefined;
}

/** Reads a list of `ExposedAppInfo`, or a part of one. Throws `controller-garbage` if it is no list. */
export function readApps(data: unknown, context: ListContext = {}): AppList {
  if (!Array.isArray(data)) throw garbage("has no list of apps in data");
  const value: DroveApp[] = [];
  const notes: Note[] = [];
  const { firstIndex = 0, formerApp = () => undefined } = context;
  for (const [index, entry] of data.entries()) {
    const app = readApp(entry, { index: firstIndex + index, notes, formerApp });
    if (app !== undefined) value.push(app);
  }
  return { value, notes };
}

function readApp(
  entry: unknown,
  { index, notes, formerApp }: { index: number; notes: Note[]; formerApp: NonNullable<ListContext["formerApp"]> },
): DroveApp | undefined {
  const subject = subjectOf(entry, index);
  const fault = faultOf(entry);
  if (fault !== undefined) {
    notes.push({ code: "app-malformed", subject, message: `app dropped: ${fault}` });
    return undefined;
  }
  const { appName, appId, vhost, tags, hosts } = entry as Shape;
  const read = readHosts(hosts, { subject, notes, before: formerApp(appId)?.hosts ?? [] });
  if (read.length === 0 && hosts.length > 0) return undefined;
  const name = typeof appName === "string" ? appName : appId;
  return { appName: name, appId, vhost, tags: readTags(tags ?? {}, { subject, notes }), hosts: read };
}

function faultOf(entry: unknown): string | undefined {
  if (!isFields(entry)) return "it is not an object";
  if (typeof entry["appId"] !== "string") return "its appId is not a string";
  if (typeof entry["vhost"] !== "string") return "its vhost is not a string";
  if (!Array.isArray(entry["hosts"])) return "its hosts are not a list";
  const tags = entry["tags"] ?? {};
  return isFields(tags) ? undefined : "its tags are not an object";
}

function subjectOf(entry: unknown, index: number): string {
  const appId = isFields(entry) ? entry["appId"] : undefined;
  return typeof appId === "string" ? oneLine(appId) : `app at index ${index}`;
}

/** A host that cannot be read is dropped alone: the others of its app go on serving. */
function readHosts(
  hosts: readonly unknown[],
  { subject, notes, before }: { subject: string; notes: Note[]; before: readonly Endpoint[] },
): Endpoint[] {
  const read: Endpoint[] = [];
  const indexOf = followIn(before, isSame);
  for (const entry of hosts) {
    if (!isEndpoint(entry)) continue;
    read.push(before[indexOf(entry) ?? -1] ?? { host: entry.host, port: entry.port, portType: entry.portType });
  }
  const dropped = hosts.length - read.length;
  if (dropped > 0) {
    const what = read.length === 0 ? "app dropped: none of its hosts can be read" : `${dropped} of its hosts dropped`;
    const message = `${what}: host, port or portType is missing or of a wrong type`;
    notes.push({ code: "app-malformed", subject, message });
  }
  return read;
}

function isSame(one: Endpoint, other: Endpoint): boolean {
  return one.port === other.port && one.host === other.host && one.portType === other.portType;
}

/** True for a host that can be read; what it has besides is nobody's. */
export function isEndpoint(entry: unknown): entry is Endpoint {
  return (
    isFields(entry) &&
    typeof entry["host"] === "string" &&
    Number.isInteger(entry["port"]) &&
    typeof entry["portType"] === "string"
  );
}

/** Drove's tags are strings. A null counts as empty, a number or boolean as its text; lists and objects are dropped. */
function readTags(tags: Fields, { subject, notes }: { subject: string; notes: Note[] }): DroveApp["tags"] {
  const entries = Object.entries(tags);
  // fromEntries, because assigning a tag called __proto__ would set the prototype.
  if (entries.every(([, value]) => typeof value === "string")) return Object.fromEntries(entries) as DroveApp["tags"];
  const read: [string, string][] = [];
  for (const [name, value] of entries) {
    if (typeof value !== "object") read.push([name, String(value)]);
    else if (value === null) read.push([name, ""]);
    else
      notes.push({ code: "tag-refused", subject, message: `tag ${oneLine(name)} dropped: its value is not a string` });
  }
  return Object.fromEntries(read);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

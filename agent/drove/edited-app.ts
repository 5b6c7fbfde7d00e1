import { followIn } from "../follow.ts";
import type { DroveApp, Endpoint } from "../model.ts";
import { nextEntry } from "./next-entry.ts";
import { isEndpoint } from "./schema.ts";

/** Where a host stands in the text of its app: from its `{` to behind its `}`, counted from where the app begins. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** An app, and the text that it was read from. */
export interface ReadApp {
  readonly app: DroveApp;
  /** It may be a part of a longer one. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly hosts: readonly Span[];
}

/**
 * Reads an app that differs from what it was in its hosts only: those whose text is the same are the same objects again,
 * and only the others are parsed. Undefined if it differs otherwise, or if that cannot be told.
 */
export function readEdited(text: string, start: number, former: ReadApp): ReadApp | undefined {
  const [first, last] = [former.hosts[0], former.hosts.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  if (!isRepeated(text, start, { former, span: { start: 0, end: first.start } })) return undefined;
  const list = readHosts(text, start + first.start, { start, former, last });
  const tail = { start: last.end, end: former.end - former.start };
  if (list === undefined || !isRepeated(text, list.end, { former, span: tail })) return undefined;
  const end = list.end + tail.end - tail.start;
  return { app: { ...former.app, hosts: list.found }, text, start, end, hosts: list.hosts };
}

/** The hosts from here on, of an app that begins at `start`; undefined if one cannot be read. */
function readHosts(
  text: string,
  first: number,
  { start, former, last }: { readonly start: number; readonly former: ReadApp; readonly last: Span },
) {
  const found: Endpoint[] = [];
  const hosts: Span[] = [];
  const indexOf = followIn(former.hosts, (span, at: number) => isRepeated(text, at, { former, span }));
  let isRest = false;
  let end = first;
  for (let at: number | undefined = first; at !== undefined; at = nextEntry(text, end)) {
    const index = isRest ? undefined : indexOf(at);
    const before = former.hosts[index ?? -1];
    if (index === undefined || before === undefined) {
      end = text.indexOf("}", at) + 1;
      const host = readHost(text.slice(at, end));
      if (host === undefined) return undefined;
      found.push(host);
      hosts.push({ start: at - start, end: end - start });
      continue;
    }
    // Where some have gone and others have come, mostly all between them follow each other as before.
    isRest = isRepeated(text, at, { former, span: { start: before.start, end: last.end } });
    const after = isRest ? former.hosts.length : index + 1;
    const offset = at - start - before.start;
    found.push(...former.app.hosts.slice(index, after));
    for (const span of former.hosts.slice(index, after))
      hosts.push({ start: span.start + offset, end: span.end + offset });
    end = start + offset + (isRest ? last : before).end;
  }
  return { found, hosts, end };
}

/** Where the hosts of an app stand in its text; undefined if that is not plain to see. */
export function spansOf(text: string, { hosts }: DroveApp): readonly Span[] | undefined {
  // Whatever else is called so, or is spelled in another way, makes it doubtful which hosts count.
  const key = /"hosts"[ \t\r\n]*:[ \t\r\n]*\[[ \t\r\n]*/.exec(text);
  if (key === null || text.includes("\\") || text.indexOf('"hosts"', key.index + 1) >= 0) return undefined;
  const spans: Span[] = [];
  let start = key.index + key[0].length;
  for (const { host, port, portType } of hosts) {
    const end = text.indexOf("}", start) + 1;
    const read = readHost(text.slice(start, end));
    if (read?.host !== host || read.port !== port || read.portType !== portType) return undefined;
    spans.push({ start, end });
    start = nextEntry(text, end) ?? end;
  }
  return spans;
}

/** Two slices are compared in a tenth of the time that startsWith takes. */
function isRepeated(
  text: string,
  at: number,
  { former, span }: { readonly former: ReadApp; readonly span: Span },
): boolean {
  const from = former.start + span.start;
  const length = span.end - span.start;
  return text.slice(at, at + length) === former.text.slice(from, from + length);
}

/** Undefined if this is not the whole of a host: with braces in a string, or another object in it, it ends elsewhere. */
function readHost(text: string): Endpoint | undefined {
  try {
    const entry: unknown = JSON.parse(text);
    return isEndpoint(entry) ? { host: entry.host, port: entry.port, portType: entry.portType } : undefined;
  } catch {
    return undefined;
  }
}

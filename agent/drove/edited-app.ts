import { followIn } from "../follow.ts";
import type { DroveApp, Endpoint } from "../model.ts";
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

const between = /[ \t\r\n]*,[ \t\r\n]*(?=\{)/y;

/**
 * Reads an app that differs from what it was in its hosts only: those whose text is the same are the same objects again,
 * and only the others are parsed. Undefined if it differs otherwise, or if that cannot be told.
 */
export function readEdited(text: string, start: number, former: ReadApp): ReadApp | undefined {
  const [first, last] = [former.hosts[0], former.hosts.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const head = { start: 0, end: first.start };
  if (!isRepeated(text, start, { former, span: head })) return undefined;
  const found: Endpoint[] = [];
  const hosts: Span[] = [];
  const indexOf = followIn(former.hosts, (span, at: number) => isRepeated(text, at, { former, span }));
  let at = start + head.end;
  for (;;) {
    const index = indexOf(at);
    const span = former.hosts[index ?? -1];
    const end = span === undefined ? text.indexOf("}", at) + 1 : at + span.end - span.start;
    const host = former.app.hosts[index ?? -1] ?? readHost(text.slice(at, end));
    if (host === undefined) return undefined;
    found.push(host);
    hosts.push({ start: at - start, end: end - start });
    between.lastIndex = end;
    const comma = between.exec(text)?.[0];
    at = end + (comma?.length ?? 0);
    if (comma === undefined) break;
  }
  const tail = { start: last.end, end: former.end - former.start };
  if (!isRepeated(text, at, { former, span: tail })) return undefined;
  return { app: { ...former.app, hosts: found }, text, start, end: at + tail.end - tail.start, hosts };
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
    between.lastIndex = end;
    start = end + (between.exec(text)?.[0].length ?? 0);
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

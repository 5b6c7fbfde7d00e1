/*
 * Where keys stand in a TOML file: smol-toml gives values without positions. The text is known to be valid TOML; on
 * anything else the search ends early and some keys have no line.
 */

type Path = readonly (string | number)[];

interface Cursor {
  readonly text: string;
  readonly lines: Map<string, number>;
  at: number;
  line: number;
}

/** The name under which the line of a path is kept: lower case, joined by dots, list elements by index. */
export function pathKey(path: Path): string {
  return path.join(".").toLowerCase();
}

/** The line, from 1, of every key, table header and list element: `port`, `namespaces.0`, `namespaces.0.drove.1`. */
export function locateKeys(source: string): ReadonlyMap<string, number> {
  const cursor: Cursor = { text: source, lines: new Map(), at: 0, line: 1 };
  const counts = new Map<string, number>();
  let table: Path = [];
  skipBlank(cursor);
  while (cursor.at < source.length) {
    if (peek(cursor) === "[") table = readHeader(cursor, counts);
    else readPair(cursor, table);
    skipBlank(cursor);
  }
  return cursor.lines;
}

/** `[a.b]` or `[[a.b]]`; `counts` holds how many elements each list of tables has so far. */
function readHeader(cursor: Cursor, counts: Map<string, number>): Path {
  const line = cursor.line;
  const isElement = cursor.text.startsWith("[[", cursor.at);
  cursor.at += isElement ? 2 : 1;
  const keys = readKeys(cursor);
  cursor.at = indexOrEnd(cursor.text.indexOf("]", cursor.at), cursor.text) + (isElement ? 2 : 1);
  const path: (string | number)[] = [];
  for (const [index, key] of keys.entries()) {
    path.push(key);
    const count = counts.get(pathKey(path));
    const isNewElement = isElement && index === keys.length - 1;
    if (count !== undefined && !isNewElement) path.push(count - 1);
  }
  note(cursor, path, line);
  if (!isElement) return path;
  const count = counts.get(pathKey(path)) ?? 0;
  counts.set(pathKey(path), count + 1);
  note(cursor, [...path, count], line);
  return [...path, count];
}

function readPair(cursor: Cursor, table: Path): void {
  const line = cursor.line;
  const keys = readKeys(cursor);
  if (keys.length === 0 || peek(cursor) !== "=") {
    cursor.at = cursor.text.length;
    return;
  }
  const path = [...table, ...keys];
  note(cursor, path, line);
  cursor.at++;
  skipBlank(cursor);
  readValue(cursor, path);
}

function readKeys(cursor: Cursor): readonly string[] {
  const keys: string[] = [];
  for (;;) {
    skipBlank(cursor);
    const quote = peek(cursor);
    const start = cursor.at;
    if (quote === '"' || quote === "'") {
      skipString(cursor, quote);
      keys.push(unquote(cursor.text.slice(start, cursor.at)));
    } else {
      skip(cursor, /[\w-]*/y);
      if (cursor.at === start) return keys;
      keys.push(cursor.text.slice(start, cursor.at));
    }
    skipBlank(cursor);
    if (peek(cursor) !== ".") return keys;
    cursor.at++;
  }
}

function readValue(cursor: Cursor, path: Path): void {
  const first = peek(cursor);
  if (first === '"' || first === "'") skipString(cursor, first);
  else if (first === "[") readItems(cursor, "]", (index) => readElement(cursor, [...path, index]));
  else if (first === "{") readItems(cursor, "}", () => readPair(cursor, path));
  else skip(cursor, /[^,\]}#\r\n]*/y);
}

function readElement(cursor: Cursor, path: Path): void {
  note(cursor, path, cursor.line);
  readValue(cursor, path);
}

/** The items of a list or an inline table, up to and with its closing bracket. */
function readItems(cursor: Cursor, close: string, readItem: (index: number) => void): void {
  cursor.at++;
  for (let index = 0; cursor.at < cursor.text.length; index++) {
    skipBlank(cursor);
    if (peek(cursor) !== close) {
      const start = cursor.at;
      readItem(index);
      skipBlank(cursor);
      if (peek(cursor) === ",") cursor.at++;
      else if (peek(cursor) !== close && cursor.at === start) cursor.at = cursor.text.length;
      continue;
    }
    cursor.at++;
    return;
  }
}

function skipString(cursor: Cursor, quote: string): void {
  const triple = quote.repeat(3);
  const start = cursor.at;
  const mark = cursor.text.startsWith(triple, start) ? triple : quote;
  cursor.at += mark.length;
  while (cursor.at < cursor.text.length && !cursor.text.startsWith(mark, cursor.at)) {
    cursor.at += quote === '"' && peek(cursor) === "\\" ? 2 : 1;
  }
  cursor.at += mark.length;
  // Up to two quotes may stand before the closing three: """"quoted"""".
  for (let extra = 0; mark === triple && extra < 2 && peek(cursor) === quote; extra++) cursor.at++;
  cursor.line += countNewlines(cursor.text, start, cursor.at);
}

/** Spaces, newlines and comments. */
function skipBlank(cursor: Cursor): void {
  for (;;) {
    const start = cursor.at;
    skip(cursor, /\s*/y);
    cursor.line += countNewlines(cursor.text, start, cursor.at);
    if (peek(cursor) !== "#") return;
    skip(cursor, /[^\n]*/y);
  }
}

/** Over what a sticky expression matches from here. */
function skip(cursor: Cursor, matching: RegExp): void {
  matching.lastIndex = cursor.at;
  if (matching.test(cursor.text)) cursor.at = matching.lastIndex;
}

function peek(cursor: Cursor): string {
  return cursor.text.charAt(cursor.at);
}

function note(cursor: Cursor, path: Path, line: number): void {
  const key = pathKey(path);
  if (!cursor.lines.has(key)) cursor.lines.set(key, line);
}

function unquote(written: string): string {
  try {
    return written.startsWith('"') ? String(JSON.parse(written)) : written.slice(1, -1);
  } catch {
    return written.slice(1, -1);
  }
}

function countNewlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at !== -1 && at < to; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

function indexOrEnd(index: number, text: string): number {
  return index === -1 ? text.length : index;
}

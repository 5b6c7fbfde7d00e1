import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { setImmediate as turn } from "node:timers/promises";
import { promisify } from "node:util";
import { createGzip, gunzip } from "node:zlib";
import type { HistoryContent } from "./history-entry.ts";

/** So many characters of a text, or entries of a list, are written at a time: well below a millisecond of the loop. */
const charactersAtOnce = 65_536;
const entriesAtOnce = 100;

/** The content as compressed JSON. It is written piece by piece, so that a large cluster does not stop the loop. */
export async function pack(content: HistoryContent): Promise<Buffer> {
  const gzip = createGzip();
  const [packed] = await Promise.all([buffer(gzip), pipeline(unhurried(jsonOf(content)), gzip)]);
  return packed;
}

/** The JSON that was packed. */
export async function unpack(packed: Buffer): Promise<string> {
  return (await promisify(gunzip)(packed)).toString("utf8");
}

async function* unhurried(pieces: Iterable<string>): AsyncGenerator<string> {
  for (const piece of pieces) {
    yield piece;
    await turn();
  }
}

/** What JSON.stringify says of the content, in pieces. */
function* jsonOf({ file, addresses, snapshots, ...rest }: HistoryContent): Generator<string> {
  const { text, ...about } = file;
  yield `${open(rest)}"file":${open(about)}"text":"`;
  for (let at = 0; at < text.length; at += charactersAtOnce)
    yield JSON.stringify(text.slice(at, at + charactersAtOnce)).slice(1, -1);
  yield '"},"addresses":';
  yield* listOf(addresses);
  yield ',"snapshots":[';
  for (const [index, { apps, ...snapshot }] of snapshots.entries()) {
    yield `${index === 0 ? "" : ","}${open(snapshot)}"apps":`;
    yield* listOf(apps);
    yield "}";
  }
  yield "]}";
}

/** An object that is not closed, ready for another key. */
function open(value: object): string {
  const json = JSON.stringify(value).slice(0, -1);
  return json === "{" ? json : `${json},`;
}

function* listOf(entries: readonly unknown[]): Generator<string> {
  yield "[";
  for (let at = 0; at < entries.length; at += entriesAtOnce) {
    const json = JSON.stringify(entries.slice(at, at + entriesAtOnce)).slice(1, -1);
    yield at === 0 ? json : `,${json}`;
  }
  yield "]";
}

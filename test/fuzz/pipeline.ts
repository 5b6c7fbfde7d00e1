import { connect } from "node:net";

/** What is asked, and one answer: its status, headers and body as they came, in bytes written as U+0000 to U+00FF. */
export interface Asked {
  readonly host: string;
  readonly path: string;
}

export interface Heard {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Asks everything over one connection, the next question before the answer to the last. Header names in lower case. */
export async function askAll(port: number, questions: readonly Asked[]): Promise<readonly Heard[]> {
  const heard: Heard[] = [];
  for (let at = 0; at < questions.length; at += atOnce)
    heard.push(...(await askSome(port, questions.slice(at, at + atOnce))));
  return heard;
}

const atOnce = 500;

async function askSome(port: number, questions: readonly Asked[]): Promise<readonly Heard[]> {
  const socket = connect(port, "127.0.0.1")
    .setEncoding("latin1")
    .setTimeout(60_000, () => socket.destroy());
  const heard: Heard[] = [];
  let text = "";
  socket.write(questions.map(({ host, path }) => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`).join(""), "latin1");
  for await (const chunk of socket) {
    text += chunk;
    for (let one = readOne(text); one !== undefined; one = readOne(text)) {
      heard.push(one.heard);
      text = text.slice(one.end);
    }
    if (heard.length === questions.length) break;
  }
  socket.destroy();
  if (heard.length < questions.length) throw new Error(`${heard.length} of ${questions.length} answers came`);
  return heard;
}

function readOne(text: string): { readonly heard: Heard; readonly end: number } | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = new Map(
    lines.map((line) => {
      const at = line.indexOf(": ");
      return [line.slice(0, at).toLowerCase(), line.slice(at + 2)] as const;
    }),
  );
  const length = Number(headers.get("content-length") ?? 0);
  if (text.length < end + 4 + length) return undefined;
  const body = text.slice(end + 4, end + 4 + length);
  return { heard: { status: Number(first.slice(9, 12)), headers, body }, end: end + 4 + length };
}

/** Text as the proxy has it: bytes of UTF-8, written as characters. */
export function bytesOf(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

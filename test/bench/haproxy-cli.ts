import { once } from "node:events";
import { connect } from "node:net";

/** One connection to a stats socket that is kept. */
export interface BareCli {
  /** Sends all lines in one write; resolves with the answers when the last one is there. */
  send(...lines: readonly string[]): Promise<readonly string[]>;
  close(): void;
}

interface Waiting {
  readonly resolve: (text: string) => void;
  readonly reject: (error: Error) => void;
  readonly count: number;
  readonly parts: string[];
  seen: number;
}

const prompt = "\n> ";

/**
 * The bare minimum of a client, with nothing of the agent's in it: one connection, one write, answers told by prompts.
 * It checks nothing.
 */
export async function openBareCli(path: string): Promise<BareCli> {
  const socket = connect(path).setEncoding("utf8");
  await once(socket, "connect");
  const waiting: Waiting[] = [];
  let tail = "";
  socket.on("data", (chunk: string) => {
    const [first] = waiting;
    if (first === undefined) return;
    first.parts.push(chunk);
    const text = tail + chunk;
    for (let at = text.indexOf(prompt); at >= 0; at = text.indexOf(prompt, at + prompt.length)) first.seen += 1;
    tail = text.endsWith(prompt) ? "" : text.slice(-(prompt.length - 1));
    if (first.seen < first.count) return;
    waiting.shift();
    first.resolve(first.parts.join(""));
  });
  socket.on("close", () => {
    for (const one of waiting) one.reject(new Error("HAProxy has closed the connection"));
  });
  const ask = (lines: readonly string[]) =>
    new Promise<string>((resolve, reject) => {
      waiting.push({ resolve, reject, count: lines.length, seen: 0, parts: [] });
      socket.write(`${lines.join("\n")}\n`);
    });
  await ask(["prompt"]);
  return {
    send: async (...lines) => (await ask(lines)).split(prompt).slice(0, lines.length),
    close: () => socket.destroy(),
  };
}

/** A server as a bench looks at it. */
interface ServerLine {
  readonly backend: string;
  readonly name: string;
  readonly serves: boolean;
}

/** Reads `show servers state` of HAProxy 2.8 to 3.4, whose columns are the same. */
export function serversIn(text: string): readonly ServerLine[] {
  return text
    .split("\n")
    .slice(2)
    .filter((line) => line !== "")
    .map((line) => line.split(" "))
    .map(([, backend = "", , name = "", , , admin]) => ({ backend, name, serves: admin === "0" }));
}

import { AgentError } from "../errors.ts";
import { apiFailure, type Bounds, converse, type Listener, type Peer } from "./haproxy-connection.ts";

/** How one command ended. `text` is HAProxy's answer without severity prefix and trailing blank lines. */
export interface Reply {
  readonly ok: boolean;
  readonly text: string;
}

/**
 * Has HAProxy do these commands one after the other, and returns what it said to each. A refused one stops none. More may
 * be said before the answers are there.
 */
export type Say = (commands: readonly string[]) => Promise<readonly Reply[]>;

/** Talks to one process of HAProxy for as long as `work` takes. Rejects if it cannot be reached, or does not answer. */
export type Converse = <T>(bounds: Bounds, work: (say: Say) => Promise<T>) => Promise<T>;

/** Says these commands, and nothing else. */
export type SendCommands = (commands: readonly string[], bounds: Bounds) => Promise<readonly Reply[]>;

/** HAProxy's own limit is tune.bufsize, 16,384 by default; 3.4.0 answers without end at exactly that. */
const longestCommand = 15_000;

/** What stands before the commands: prompts are what tells one answer from the next, in every version. */
const preamble = ["prompt", "set severity-output number"];

/**
 * The runtime API. `address` is a unix path, `unix@path`, `host:port` or `[v6]:port`, with `ipv4@` or `ipv6@` in front if
 * need be. All commands go out at once on one connection: 1000 of them take 20 ms, one by one they take 50 to 500.
 */
export function haproxyCli(address: string): Converse {
  const peer: Peer = { address, key: "haproxysocketaddr" };
  return async (bounds, work) => {
    const answers = createAnswers(peer);
    return await converse(peer, { ...bounds, listener: answers }, (speaker) =>
      work(async (commands) => {
        for (const command of commands) checkCommand(command);
        const lines = answers.isFirst() ? [...preamble, ...commands] : commands;
        const expected = answers.expect(lines.length);
        speaker.write(lines.map((line) => `${line}\n`).join(""));
        return (await expected).slice(lines.length - commands.length).map(replyOf);
      }),
    );
  };
}

/** For what is known beforehand: one question, one connection. */
export function sendOver(talk: Converse): SendCommands {
  return async (commands, bounds) => (commands.length === 0 ? [] : await talk(bounds, (say) => say(commands)));
}

/** Nothing that is not one command may reach HAProxy: what follows would answer for it, or be done as one of its own. */
function checkCommand(command: string): void {
  const bad = (what: string) =>
    new AgentError("proxy-api-failed", `the command "${command.slice(0, 60)}" ${what}; it is not sent`);
  if (/[\u0000-\u001f\u007f;]/.test(command)) throw bad("has a semicolon, a newline or another control character");
  if (command.includes("<<")) throw bad("has <<, which turns all that follows into its payload");
  if (command.trim() === "") throw bad("is empty");
  if (Buffer.byteLength(command) > longestCommand) throw bad(`is longer than ${longestCommand} bytes`);
}

/** The answers of one conversation, in the order of the commands. */
interface Answers extends Listener {
  /** True until something is expected. */
  isFirst(): boolean;
  /** Resolves with the next so many, as soon as the last of them is there. */
  expect(count: number): Promise<readonly string[]>;
}

/** Splits what arrives at the prompts: every answer ends with a newline and a prompt. */
function createAnswers(peer: Peer): Answers {
  const prompt = "\n> ";
  const answers: string[] = [];
  const waiting: {
    readonly from: number;
    readonly to: number;
    readonly resolve: (answers: readonly string[]) => void;
  }[] = [];
  const state = { parts: [] as string[], held: "", expected: 0 };
  return {
    isFirst: () => state.expected === 0,
    expect(count) {
      const { promise, resolve } = Promise.withResolvers<readonly string[]>();
      const from = state.expected;
      state.expected += count;
      waiting.push({ from, to: state.expected, resolve });
      return promise;
    },
    take(chunk) {
      const text = state.held + chunk;
      // The answer to "prompt" itself is nothing but the first one.
      if (answers.length === 0 && !text.startsWith(prompt.slice(0, text.length))) throw nonsense(peer, text);
      let start = 0;
      for (let end = text.indexOf(prompt); end >= 0; end = text.indexOf(prompt, start)) {
        answers.push([...state.parts, text.slice(start, end)].join(""));
        state.parts = [];
        start = end + prompt.length;
      }
      // A prompt may begin in this piece and end in the next.
      const split = Math.max(start, text.length - (prompt.length - 1));
      state.parts.push(text.slice(start, split));
      state.held = text.slice(split);
      for (let [next] = waiting; next !== undefined && answers.length >= next.to; [next] = waiting) {
        waiting.shift();
        next.resolve(answers.slice(next.from, next.to));
      }
    },
    end() {
      const done = Math.max(0, answers.length - preamble.length);
      const left = `${state.parts.join("")}${state.held}`.trim().slice(0, 200);
      const said = left === "" ? "" : `; it said last: ${JSON.stringify(left)}`;
      const asked = Math.max(0, state.expected - preamble.length);
      throw apiFailure(peer, `closed the connection after ${done} of ${asked} answers${said}`);
    },
  };
}

function nonsense(peer: Peer, text: string): AgentError {
  const said = JSON.stringify(text.slice(0, 100));
  return apiFailure(peer, `does not speak like a stats socket: it says ${said}; correct haproxysocketaddr`);
}

/**
 * Severity 3 and below is a failure. Two are told by their words: unknown commands, with a severity of 6; and addresses
 * that are not accepted, with the same 4 as those that are.
 */
function replyOf(answer: string): Reply {
  const severity = /^\[(\d)\]: /.exec(answer)?.[1];
  const text = (severity === undefined ? answer : answer.slice(5)).replace(/\n+$/, "");
  const failed =
    (severity !== undefined && Number(severity) <= 3) ||
    (severity === "4" && !/\bchanged (from|its)\b|^nothing changed|^no need to change/.test(text)) ||
    /^Unknown command\b/.test(text);
  return { ok: !failed, text };
}

import { AgentError } from "../errors.ts";
import { apiFailure, ask, type Peer, type Reader } from "./haproxy-connection.ts";

/** How one command ended. `text` is HAProxy's answer without severity prefix and trailing blank lines. */
export interface Reply {
  readonly ok: boolean;
  readonly text: string;
}

/** Has HAProxy do these commands one after the other, and returns what it said to each. A refused one stops none. */
export type SendCommands = (
  commands: readonly string[],
  options: { readonly signal: AbortSignal; readonly timeoutMs: number },
) => Promise<readonly Reply[]>;

/** HAProxy's own limit is tune.bufsize, 16,384 by default; 3.4.0 answers without end at exactly that. */
const longestCommand = 15_000;

/** What stands before the commands: prompts are what tells one answer from the next, in every version. */
const preamble = ["prompt", "set severity-output number"];

/**
 * The runtime API. `address` is a unix path, `unix@path`, `host:port` or `[v6]:port`, with `ipv4@` or `ipv6@` in front if
 * need be. All commands go out at once on one connection: 1000 of them take 20 ms, one by one they take 50 to 500.
 */
export function haproxyCli(address: string): SendCommands {
  const peer: Peer = { address, key: "haproxysocketaddr" };
  return async (commands, options) => {
    for (const command of commands) checkCommand(command);
    if (commands.length === 0) return [];
    const text = [...preamble, ...commands].map((line) => `${line}\n`).join("");
    const answers = await ask(
      peer,
      { ...options, text, halfClose: false },
      readAnswers(peer, preamble.length + commands.length),
    );
    return answers.slice(preamble.length).map(replyOf);
  };
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

/** Splits what arrives at the prompts, until there are `count` answers. Every answer ends with a newline and a prompt. */
function readAnswers(peer: Peer, count: number): Reader<readonly string[]> {
  const prompt = "\n> ";
  const answers: string[] = [];
  const state = { parts: [] as string[], held: "" };
  return {
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
      if (answers.length >= count) return answers.slice(0, count);
      // A prompt may begin in this piece and end in the next.
      const split = Math.max(start, text.length - (prompt.length - 1));
      state.parts.push(text.slice(start, split));
      state.held = text.slice(split);
      return undefined;
    },
    end() {
      const done = Math.max(0, answers.length - preamble.length);
      const left = `${state.parts.join("")}${state.held}`.trim().slice(0, 200);
      const said = left === "" ? "" : `; it said last: ${JSON.stringify(left)}`;
      throw apiFailure(peer, `closed the connection after ${done} of ${count - preamble.length} answers${said}`);
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

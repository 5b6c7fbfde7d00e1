import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Reply } from "../../../agent/apply/haproxy-cli.ts";
import {
  askHaproxy,
  canChangeAtRuntime,
  isUnreachable,
  runningBackends,
  tooOld,
} from "../../../agent/apply/haproxy-observe.ts";
import { AgentError } from "../../../agent/errors.ts";

const header =
  "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight " +
  "srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state " +
  "bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port";
const row = (backend: string, name: string, admin: number) =>
  `3 ${backend} 1 ${name} 10.0.0.1 2 ${admin} 1 1 7 1 0 0 0 0 0 0 - 80 - 0 0 - - 0`;

const said: Readonly<Record<string, string>> = {
  "show info": "Name: HAProxy\nVersion: 3.2.26-1\nPid: 42\ndescription: drove-gateway 0123456789abcdef",
  "show backend": "# name\na.test\nb.test\nempty.test",
  "show servers state": ["1", header, row("a.test", "server_1", 0), row("b.test", "server_1", 1)].join("\n"),
  "show servers state a.test": ["1", header, row("a.test", "server_1", 0)].join("\n"),
  "show servers state b.test": ["1", header, row("b.test", "server_1", 1)].join("\n"),
  "show servers state empty.test": ["1", header].join("\n"),
};

/** Asks a HAProxy that says this, and notes what it was asked in each round. */
async function ask(oneBackendPerCall: boolean, answers = said) {
  const rounds: (readonly string[])[] = [];
  const send = async (lines: readonly string[]): Promise<readonly Reply[]> => {
    rounds.push(lines);
    return lines.map((line) => ({ ok: answers[line] !== undefined, text: answers[line] ?? "Unknown command" }));
  };
  const signal = new AbortController().signal;
  return { rounds, observed: await askHaproxy(send, { oneBackendPerCall, signal, timeoutMs: 1000 }) };
}

describe("what HAProxy has", () => {
  test("is asked in one round, or with one call for each backend", async () => {
    const once = await ask(false);
    assert.deepEqual(once.rounds, [["show info", "show backend", "show servers state"]]);
    const each = await ask(true);
    const calls = ["a.test", "b.test", "empty.test"].map((name) => `show servers state ${name}`);
    assert.deepEqual(each.rounds, [["show info", "show backend"], calls]);
    assert.deepEqual(each.observed, once.observed);
  });

  test("is serving, in maintenance, or leaving where that is our doing", async () => {
    const { observed } = await ask(false);
    const states = (isLeaving: boolean) => runningBackends(observed, () => isLeaving).servers.map((one) => one.state);
    assert.deepEqual(states(false), ["serving", "maintenance"]);
    assert.deepEqual(states(true), ["serving", "leaving"]);
    assert.ok(runningBackends(observed, () => false).names.has("empty.test"));
  });

  test("is not known if it refuses a question", async () => {
    const { "show backend": _, ...rest } = said;
    await assert.rejects(ask(false, rest), /HAProxy refused a question: Unknown command/);
  });
});

test("a HAProxy before 2.8 is left to reloads, and the note says why", () => {
  assert.deepEqual(["2.6.12", "2.7.11", "1.9"].map(canChangeAtRuntime), [false, false, false]);
  assert.deepEqual(["2.8.0", "2.10", "3.0.11-1", "4.0-dev1"].map(canChangeAtRuntime), [true, true, true, true]);
  assert.match(tooOld("2.6.12").message, /2\.6\.12 is reloaded for each change: before 2\.8 it may crash/);
});

test("it does not run only if nobody listens: other failures are failures", () => {
  const failure = (code: string) =>
    new AgentError("proxy-api-failed", "x", { cause: Object.assign(new Error("x"), { code }) });
  assert.deepEqual(
    ["ENOENT", "ECONNREFUSED", "EACCES", "ECONNRESET"].map((code) => isUnreachable(failure(code))),
    [true, true, false, false],
  );
  assert.equal(isUnreachable(new AgentError("proxy-api-failed", "nonsense")), false);
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkWithHaproxy, haproxyComplaint } from "../../../agent/apply/haproxy-check.ts";
import type { CommandResult, RunCommand, RunOptions } from "../../../agent/apply/run-command.ts";
import { AgentError } from "../../../agent/errors.ts";
import { failureOf, fileAt } from "./folder.ts";

const settings = { command: ["docker", "exec", "lb", "haproxy"], checkTimeoutMs: 1234 };
const staged = "/etc/.x.cfg.tmp-1";

function check(answer: CommandResult | AgentError) {
  const asked: { command: readonly string[]; options: Omit<RunOptions, "signal"> }[] = [];
  const run: RunCommand = async (command, { signal: _, ...options }) => {
    asked.push({ command, options });
    if (answer instanceof AgentError) throw answer;
    return answer;
  };
  const file = fileAt("/etc/x.cfg", "one\n  two thing\nthree\n");
  return { asked, done: checkWithHaproxy(run, { settings, staged, file, signal: new AbortController().signal }) };
}

test("HAProxy is asked about the staged file; what it says of a good one is kept out of our output", async () => {
  const { asked, done } = check({ ok: true, output: "[WARNING]  (7) : config : x\nWarnings were found.\n" });
  await done;
  const options = { timeoutMs: 1234, key: "haproxy_cmd", stdout: "output" };
  assert.deepEqual(asked, [{ command: ["docker", "exec", "lb", "haproxy", "-f", staged, "-c"], options }]);
});

const refused = (...lines: readonly string[]) =>
  [
    "[NOTICE]   (5587) : haproxy version is 3.0.11-1+deb13u5",
    ...lines,
    `[ALERT]    (5587) : config : Error(s) found in configuration file : ${staged}`,
    "[ALERT]    (5587) : config : Fatal errors found in configuration.",
    "",
  ].join("\n");

describe("a refusal", () => {
  test("has HAProxy's words, the real path, and the line it is about", async () => {
    const output = refused(
      "[WARNING]  (5587) : config : missing timeouts for frontend 'x'.",
      "   | While not properly invalid, you will certainly encounter various problems",
      `[ALERT]    (5587) : config : parsing [${staged}:2] : unknown keyword 'two' in 'frontend' section`,
      `[ALERT]    (5587) : config : parsing [${staged}:3] : unknown keyword 'three' in 'frontend' section`,
    );
    const error = await failureOf(check({ ok: false, output }).done);
    assert.equal(error.code, "proxy-refused-config");
    assert.equal(
      error.message,
      "HAProxy refuses the new configuration: parsing [/etc/x.cfg:2] : unknown keyword 'two' in 'frontend' section; correct the template or the app",
    );
    assert.deepEqual(error.facts, { line: "two thing", lines: ["2", "3"], path: "/etc/x.cfg" });
  });

  test("without a line of ours has none", async () => {
    const output = refused("[ALERT]    (5708) : Proxy 'x': unable to find required use_backend: 'nope'.");
    const error = await failureOf(check({ ok: false, output }).done);
    assert.match(error.message, /configuration: Proxy 'x': unable to find required use_backend: 'nope'\.; correct/);
    assert.equal(error.facts["line"], undefined);
  });

  test("of a file that does nothing, or in words of somebody else, has the last line", async () => {
    const said = "Configuration file has no error but will not start (no listener) => exit(2).";
    const error = await failureOf(check({ ok: false, output: `${said}\n` }).done);
    assert.ok(error.message.includes(said));
    const other = await failureOf(check({ ok: false, output: "noise\nError: No such container: lb\n" }).done);
    assert.match(other.message, /: Error: No such container: lb; correct/);
  });

  test("with nothing but a summary has that", () => {
    assert.equal(haproxyComplaint(refused()), `Error(s) found in configuration file : ${staged}`);
    assert.equal(haproxyComplaint("[NOTICE]   (7) : Loading success."), undefined);
  });
});

test("a command that cannot run is no refusal", async () => {
  const cannot = new AgentError("proxy-command-failed", "x");
  assert.equal(await failureOf(check(cannot).done), cannot);
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkWithNginx } from "../../../agent/apply/nginx-check.ts";
import type { NginxSettings } from "../../../agent/apply/nginx-settings.ts";
import type { CommandResult, RunCommand } from "../../../agent/apply/run-command.ts";
import { AgentError } from "../../../agent/errors.ts";
import { failureOf, fileAt } from "./folder.ts";

const settings: NginxSettings = {
  configFile: "/etc/x.conf",
  command: ["docker", "exec", "nginx", "nginx"],
  ignoreCheck: false,
  statusAddress: { host: "127.0.0.1", port: 6001 },
  checkTimeoutMs: 1234,
  diskTimeoutMs: 1000,
};
const staged = "/etc/.x.conf.tmp-1";

function check(answer: CommandResult | AgentError) {
  const asked: { command: readonly string[]; timeoutMs: number }[] = [];
  const run: RunCommand = async (command, { timeoutMs }) => {
    asked.push({ command, timeoutMs });
    if (answer instanceof AgentError) throw answer;
    return answer;
  };
  const file = fileAt("/etc/x.conf", "one\n  two;\nthree\n");
  return { asked, done: checkWithNginx(run, { settings, staged, file, signal: new AbortController().signal }) };
}

test("nginx is asked about the staged file, with the configured command and deadline", async () => {
  const { asked, done } = check({ ok: true, output: "nginx: [warn] x" });
  await done;
  assert.deepEqual(asked, [{ command: ["docker", "exec", "nginx", "nginx", "-t", "-c", staged], timeoutMs: 1234 }]);
});

describe("a refusal", () => {
  test("has nginx's words, the real path, and the line it is about", async () => {
    const output = `nginx: [emerg] unknown directive "two" in ${staged}:2\nnginx: configuration file ${staged} test failed\n`;
    const error = await failureOf(check({ ok: false, output }).done);
    assert.equal(error.code, "proxy-refused-config");
    assert.equal(
      error.message,
      'nginx refuses the new configuration: unknown directive "two" in /etc/x.conf:2; correct the template or the app',
    );
    assert.deepEqual(error.facts, { line: "two;", lines: ["2"], path: "/etc/x.conf" });
  });

  test("without a line of ours has none", async () => {
    const error = await failureOf(
      check({ ok: false, output: "nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)\n" }).done,
    );
    assert.match(error.message, /: bind\(\) to 0\.0\.0\.0:80 failed \(13: Permission denied\); correct/);
    assert.equal(error.facts["line"], undefined);
  });

  test("in words of somebody else has their last line", async () => {
    const error = await failureOf(check({ ok: false, output: "noise\nError: No such container: nginx\n" }).done);
    assert.match(error.message, /: Error: No such container: nginx; correct/);
  });
});

test("a command that cannot run is no refusal", async () => {
  const cannot = new AgentError("proxy-command-failed", "x");
  assert.equal(await failureOf(check(cannot).done), cannot);
});

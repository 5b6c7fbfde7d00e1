import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { runCommand, splitCommand } from "../../../agent/apply/run-command.ts";
import { failureOf } from "./folder.ts";

const forever = new AbortController().signal;
const program = (code: string) => runCommand([process.execPath, "-e", code], { signal: forever, timeoutMs: 30_000 });

describe("a command", () => {
  test("that ends well is ok; its standard error is its output", async () => {
    assert.deepEqual(await program('console.error("said")'), { ok: true, output: "said\n" });
  });

  test("that ends badly is not ok, and no exception", async () => {
    assert.deepEqual(await program('console.error("why"); process.exit(3)'), { ok: false, output: "why\n" });
  });

  test("speaks English and reads nothing", async () => {
    const { output } = await program('process.stdin.on("end", () => console.error(process.env.LC_ALL)).resume()');
    assert.equal(output, "C\n");
  });

  test("that says too much keeps the end of it", async () => {
    const { ok, output } = await program('process.stderr.write("x".repeat(300000) + "last\\n")');
    assert.deepEqual([ok, output.length, output.endsWith("xlast\n")], [true, 64 * 1024, true]);
  });

  test("gets its arguments as they are, without a shell", async () => {
    const code = "console.error(process.argv.slice(1).join('|'))";
    const command = [process.execPath, "-e", code, "--", "$HOME; ls", "a b"];
    assert.equal((await runCommand(command, { signal: forever, timeoutMs: 30_000 })).output, "$HOME; ls|a b\n");
  });

  test("that finds too few file descriptors is told with its remedy, and leaves none open", async (t) => {
    const limit = (count: string) => execFileSync("prlimit", ["--pid", String(process.pid), `--nofile=${count}:`]);
    const [, before = ""] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    const open = () => readdirSync("/proc/self/fd").length;
    await program("");
    const atRest = open();
    const taken: number[] = [];
    t.after(() => {
      for (const descriptor of taken) closeSync(descriptor);
      limit(before);
    });
    limit(String(atRest + 40));
    for (let left = 0; left < 8; left++) {
      for (const descriptor of taken.splice(0)) closeSync(descriptor);
      taken.push(...takeAll());
      for (const descriptor of taken.splice(0, left)) closeSync(descriptor);
      const { message } = await failureOf(runCommand(["true"], { signal: forever, timeoutMs: 30_000 }));
      assert.match(message, /^"true" cannot run: EMFILE.*; raise the limit of open files$/);
    }
    for (const descriptor of taken.splice(0)) closeSync(descriptor);
    assert.equal(open(), atRest);
    assert.equal((await program("")).ok, true);
  });

  test("that is not there is told with its remedy", async () => {
    const options = { signal: forever, timeoutMs: 30_000 };
    const error = await failureOf(runCommand(["/none/nginx", "-t"], { ...options, key: "nginx_cmd" }));
    assert.equal(error.code, "proxy-command-failed");
    assert.equal(error.message, '"/none/nginx -t" cannot run: ENOENT; correct nginx_cmd or install the program');
    const other = await failureOf(runCommand(["/none/s6-svc"], options));
    assert.equal(other.message, '"/none/s6-svc" cannot run: ENOENT; install the program');
  });

  test("may have its standard output in its output as well", async () => {
    const command = [process.execPath, "-e", 'console.log("out"); console.error("err")'];
    const { ok, output } = await runCommand(command, { signal: forever, timeoutMs: 30_000, stdout: "output" });
    assert.deepEqual([ok, output.split("\n").sort()], [true, ["", "err", "out"]]);
  });

  test("that hangs is killed with its children, and told", async () => {
    const command = ["sh", "-c", "sleep 600 & sleep 600"];
    const begun = performance.now();
    const error = await failureOf(runCommand(command, { signal: forever, timeoutMs: 200 }));
    assert.equal(error.message, '"sh -c sleep 600 & sleep 600" did not end within 0.2 s');
    assert.ok(performance.now() - begun < 30_000);
  });

  test("ends when the signal aborts, with the signal's own reason", async () => {
    const stop = new AbortController();
    const running = runCommand(["sleep", "600"], { signal: stop.signal, timeoutMs: 600_000 });
    stop.abort();
    await assert.rejects(running, { name: "AbortError" });
    await assert.rejects(runCommand(["sleep", "600"], { signal: stop.signal, timeoutMs: 1 }), { name: "AbortError" });
  });
});

test("a configured command is split at spaces; quotes keep words together", () => {
  assert.deepEqual(splitCommand("nginx"), ["nginx"]);
  assert.deepEqual(splitCommand("  docker exec  nginx nginx "), ["docker", "exec", "nginx", "nginx"]);
  assert.deepEqual(splitCommand(`ssh host "a b" 'c "d"' ""`), ["ssh", "host", "a b", 'c "d"', ""]);
  assert.deepEqual(splitCommand(""), []);
});

function takeAll(): readonly number[] {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch {
    return taken;
  }
}

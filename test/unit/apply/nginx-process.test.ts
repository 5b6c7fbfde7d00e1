import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import {
  countGenerations,
  directivesOf,
  errorLogOf,
  findMaster,
  listWorkers,
  pidFileOf,
} from "../../../agent/apply/nginx-process.ts";
import { until } from "../agent/fake-clock.ts";
import { newFolder } from "./folder.ts";

/** A child of this process that looks like nginx in the process list. */
async function titled(t: TestContext, title: string): Promise<ChildProcess> {
  const child = spawn("sleep", ["600"], { argv0: title, stdio: "ignore" });
  t.after(async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  });
  await once(child, "spawn");
  await until(async () => (await readFile(`/proc/${child.pid}/cmdline`, "utf8")).startsWith(title));
  return child;
}

describe("the master", () => {
  test("is the live process that the pid file names", async (t) => {
    const path = join(await newFolder(t), "nginx.pid");
    const master = await titled(t, "nginx: master process /usr/sbin/nginx");
    await writeFile(path, `${master.pid}\n`);
    assert.equal(await findMaster(path), master.pid);
  });

  test("is none if the pid belongs to something else, is dead, is nonsense, or is not there", async (t) => {
    const path = join(await newFolder(t), "nginx.pid");
    const other = await titled(t, "postgres: writer process");
    assert.equal(await findMaster(path), undefined);
    for (const text of [`${other.pid}`, "", "0", "1", "-5", "not a pid", "4194305"]) {
      await writeFile(path, text);
      assert.equal(await findMaster(path), undefined, text);
    }
  });
});

test("workers are the master's children, those that quit apart", async (t) => {
  const serving = await titled(t, "nginx: worker process");
  const quitting = await titled(t, "nginx: worker process is shutting down");
  await titled(t, "nginx: cache manager process");
  assert.deepEqual(await listWorkers(process.pid), { serving: [serving.pid], quitting: [quitting.pid] });
  assert.deepEqual(await listWorkers(4_194_305), { serving: [], quitting: [] });
});

test("generations of workers are told apart by when they were started", async (t) => {
  // At once, as a master starts them.
  const first = await Promise.all([titled(t, "nginx: worker process"), titled(t, "nginx: worker process")]);
  const startedAt = process.hrtime.bigint();
  await until(() => process.hrtime.bigint() - startedAt > 150_000_000n);
  const second = await titled(t, "nginx: worker process");
  const pids = [second, ...first].map(({ pid = 0 }) => pid);
  assert.equal(await countGenerations(pids), 2);
  assert.equal(await countGenerations(pids.slice(1)), 1);
  assert.equal(await countGenerations([...pids, 4_194_305]), 2, "one that is gone");
  assert.equal(await countGenerations([]), 0);
});

describe("of a configuration", () => {
  test("the pid file is that of its pid directive", () => {
    assert.equal(pidFileOf("user x;\npid /run/nginx.pid;\n"), "/run/nginx.pid");
    assert.equal(pidFileOf('  pid "/run/x.pid" ;'), "/run/x.pid");
    assert.equal(pidFileOf("# pid /run/old.pid;\nrapid x;"), undefined);
    assert.equal(pidFileOf(""), undefined);
  });

  test("what the run script is told is what it would find by itself", async (t) => {
    const service = join(import.meta.dirname, "..", "..", "..", "s6-overlay", "nginx", "etc", "services.d", "nginx");
    const [, expression = ""] = /^ *sed -n '(.+)' "\$config"/m.exec(await readFile(join(service, "run"), "utf8")) ?? [];
    const file = join(await newFolder(t), "nginx.conf");
    for (const text of [
      "user x;\npid /run/nginx.pid;\ndaemon off;\nhttp {}\n",
      '\tpid  "/run/x.pid" ;\n  daemon\ton;  # not off\n',
      "# pid /run/old.pid;\nrapid x;\npids 3;\n",
      "pid /run/a.pid;\r\nevents {}\r\npid /run/b.pid;",
      "pid;\n",
      "",
    ]) {
      await writeFile(file, text);
      const found = execFileSync("sed", ["-n", expression, file], { encoding: "utf8" });
      assert.equal(directivesOf(text).trim(), found.trim(), text);
    }
  });

  test("the error log is a file, or none", () => {
    assert.equal(errorLogOf("error_log /var/log/nginx/error.log warn;"), "/var/log/nginx/error.log");
    assert.equal(errorLogOf('error_log "/var/log/e.log";'), "/var/log/e.log");
    for (const text of [
      "error_log stderr;",
      "error_log /dev/stdout;",
      "error_log syslog:server=x;",
      "#error_log /x;",
      "",
    ])
      assert.equal(errorLogOf(text), undefined, text);
  });
});

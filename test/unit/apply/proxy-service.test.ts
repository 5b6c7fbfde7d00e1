import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { constants, mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { s6Service } from "../../../agent/apply/proxy-service.ts";
import type { RunCommand } from "../../../agent/apply/run-command.ts";
import { failureOf, newFolder } from "./folder.ts";

const forever = new AbortController().signal;

test("a service is told its file, started, and waited for", async (t) => {
  const folder = await newFolder(t);
  await mkdir(join(folder, "data"));
  const asked: { command: readonly string[]; timeoutMs: number }[] = [];
  const run: RunCommand = async (command, { timeoutMs }) => {
    asked.push({ command, timeoutMs });
    return { ok: true, output: "" };
  };
  await s6Service(folder, { run, timeoutMs: 5000 }).start("/etc/x.conf", forever);
  assert.equal(await readFile(join(folder, "data", "config"), "utf8"), "/etc/x.conf\n");
  assert.deepEqual(asked[0]?.command, ["s6-svc", "-U", "-wU", "-T", "5000", folder]);
  assert.ok((asked[0]?.timeoutMs ?? 0) > 5000, "the command's own deadline comes first");
});

test("one that is not ready in time is told", async (t) => {
  const folder = await newFolder(t);
  await mkdir(join(folder, "data"));
  const service = s6Service(folder, {
    run: async () => ({ ok: false, output: "s6-svc: timed out\n" }),
    timeoutMs: 5000,
  });
  const error = await failureOf(service.start("/etc/x.conf", forever));
  assert.equal(error.code, "proxy-not-started");
  assert.match(error.message, /not ready within 5000 ms: s6-svc: timed out; its own log says why/);
});

test("a folder that is no service is told with the key at fault", async (t) => {
  const service = s6Service(join(await newFolder(t), "none"), { run: () => assert.fail("not run"), timeoutMs: 5000 });
  assert.match((await failureOf(service.start("/etc/x.conf", forever))).message, /ENOENT.*is proxy_service right\?$/);
});

test("a trial is started once, has ended when its finish script says so, and is kept or stopped on demand", async (t) => {
  const folder = await newFolder(t);
  await mkdir(join(folder, "data"));
  await writeFile(join(folder, "data", "ended"), "");
  const asked: string[] = [];
  const run: RunCommand = async (command) => {
    asked.push(command.slice(0, -1).join(" "));
    return { ok: true, output: "" };
  };
  const service = s6Service(folder, { run, timeoutMs: 5000 });
  const trial = await service.tryOut("/etc/x.conf", "pid /run/x.pid\n", forever);
  assert.equal(await readFile(join(folder, "data", "config"), "utf8"), "/etc/x.conf\n");
  assert.equal(await readFile(join(folder, "data", "directives"), "utf8"), "pid /run/x.pid\n");
  assert.equal(await trial.ended(), false, "what an earlier run left does not count");
  await writeFile(join(folder, "data", "ended"), "");
  assert.equal(await trial.ended(), true);
  await service.keep(forever);
  await trial.stop(forever);
  await service.start("/etc/y.conf", forever);
  assert.equal(await readFile(join(folder, "data", "directives"), "utf8"), "", "of a file that may be another one now");
  assert.deepEqual(asked, ["s6-svc -o", "s6-svc -U", "s6-svc -d -wD -T 5000", "s6-svc -U -wU -T 5000"]);
});

test("a trial of a service that is supervised needs no command", async (t) => {
  const folder = await newFolder(t);
  await mkdir(join(folder, "data"));
  await mkdir(join(folder, "supervise"));
  const control = join(folder, "supervise", "control");
  execFileSync("mkfifo", [control]);
  const supervisor = await open(control, constants.O_RDONLY | constants.O_NONBLOCK);
  t.after(() => supervisor.close());
  await s6Service(folder, { run: () => assert.fail("not run"), timeoutMs: 5000 }).tryOut("/etc/x.conf", "", forever);
  const { buffer, bytesRead } = await supervisor.read();
  assert.equal(buffer.toString("utf8", 0, bytesRead), "o");
});

test("what the proxy said of itself is passed on, if it was asked", async (t) => {
  const folder = await newFolder(t);
  await mkdir(join(folder, "data"));
  const service = s6Service(folder, { run: () => assert.fail("not run"), timeoutMs: 5000 });
  assert.equal(await service.introduction(), undefined);
  await writeFile(join(folder, "data", "build"), "nginx version: nginx/1.30.6\n");
  assert.equal(await service.introduction(), "nginx version: nginx/1.30.6\n");
});

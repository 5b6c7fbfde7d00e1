import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createFirstStart } from "../../../agent/apply/nginx-first-start.ts";
import type { TrialService } from "../../../agent/apply/proxy-service.ts";
import { fakeClock } from "../agent/fake-clock.ts";
import { fileAt, newFolder } from "./folder.ts";

const forever = new AbortController().signal;

/** A first start in a folder of its own, with a service that notes what it is told. */
async function starting(t: TestContext, how: { readonly comesUp: boolean }) {
  const folder = await newFolder(t);
  const file = fileAt(join(folder, "nginx.conf"), "new");
  const told: string[] = [];
  const service: TrialService = {
    start: () => assert.fail("this is the usual way"),
    introduction: () => assert.fail("not asked"),
    keep: async () => void told.push("keep"),
    async tryOut(configFile) {
      told.push(`try ${await readFile(configFile, "utf8")}`);
      return {
        ended: async () => !how.comesUp,
        stop: async () => void told.push("stop"),
      };
    },
  };
  const settings = {
    configFile: file.path,
    command: ["nginx"],
    ignoreCheck: false,
    statusAddress: { host: "127.0.0.1", port: 1 },
    checkTimeoutMs: 1000,
    diskTimeoutMs: 30_000,
  };
  const probe = async () => (how.comesUp ? file.generation : undefined);
  const firstStart = createFirstStart({ settings: () => settings, probe, clock: fakeClock(), service });
  return { folder, file, told, firstStart };
}

test("what comes up is proven and kept", async (t) => {
  const { folder, file, told, firstStart } = await starting(t, { comesUp: true });
  const report = await firstStart(file, forever);
  assert.deepEqual([report?.generation, report?.proof], [file.generation, "generation"]);
  assert.deepEqual(told, ["try new", "keep"]);
  assert.deepEqual(await readdir(folder), ["nginx.conf"]);
});

test("what does not come up is stopped, the former file is back, and it is not tried again", async (t) => {
  const { folder, file, told, firstStart } = await starting(t, { comesUp: false });
  await writeFile(file.path, "former");
  assert.equal(await firstStart(file, forever), undefined);
  assert.equal(await firstStart(file, forever), undefined);
  assert.deepEqual(told, ["try new", "stop"]);
  assert.deepEqual(await readdir(folder), ["nginx.conf"]);
  assert.equal(await readFile(file.path, "utf8"), "former");
});

test("without a former file none is left", async (t) => {
  const { folder, file, firstStart } = await starting(t, { comesUp: false });
  await firstStart(file, forever);
  assert.deepEqual(await readdir(folder), []);
});

test("a file that cannot tell what it is, is left to the usual way", async (t) => {
  const { file, told, firstStart } = await starting(t, { comesUp: true });
  assert.equal(await firstStart({ ...file, carriesGeneration: false }, forever), undefined);
  assert.deepEqual(told, []);
});

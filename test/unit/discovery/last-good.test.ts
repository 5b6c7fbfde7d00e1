import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, test } from "node:test";
import fc from "fast-check";
import { systemClock } from "../../../agent/clock.ts";
import { createLastGood, fileOf } from "../../../agent/discovery/last-good.ts";
import type { NamespaceSnapshot } from "../../../agent/model.ts";
import { thrown } from "../thrown.ts";
import { app } from "./stub-client.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

const { signal } = new AbortController();
const snapshot: NamespaceSnapshot = {
  namespace: "blue",
  apps: [app("shop", 2), { ...app("tagged"), tags: { colour: "blue" } }],
  leader: { endpoint: "https://drove1:8080", host: "drove1", port: 8080 },
  fetchedAt: 1_700_000_000_000,
  source: "controller",
  notes: [{ code: "app-malformed", subject: "x", message: "y" }],
};

async function storage(timeoutMs = 5000) {
  const directory = await mkdtemp(join(tmpdir(), "last-good-"));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  const inside = join(directory, "state");
  return { directory: inside, lastGood: createLastGood({ directory: inside, clock: systemClock(), timeoutMs }) };
}

test("what was saved is loaded, as data from disk", async () => {
  const { lastGood } = await storage();
  await lastGood.save(snapshot);
  assert.deepEqual(await lastGood.load("blue", signal), { ...snapshot, source: "disk", notes: [] });
});

test("no leader is no leader after loading too", async () => {
  const { lastGood } = await storage();
  await lastGood.save({ ...snapshot, leader: undefined });
  assert.equal((await lastGood.load("blue", signal))?.leader, undefined);
});

test("nothing saved is undefined, also without a directory", async () => {
  const { lastGood } = await storage();
  assert.equal(await lastGood.load("blue", signal), undefined);
});

test("only the owner may read it, and nothing but it is left in the directory", async () => {
  const { lastGood, directory } = await storage();
  await lastGood.save(snapshot);
  await lastGood.save({ ...snapshot, fetchedAt: 1_700_000_001_000 });
  assert.deepEqual(await readdir(directory), ["blue.json"]);
  assert.equal((await stat(join(directory, "blue.json"))).mode & 0o777, 0o600);
  assert.equal((await lastGood.load("blue", signal))?.fetchedAt, 1_700_000_001_000);
});

test("what a crash left of a write is overwritten by the next", async () => {
  const { lastGood, directory } = await storage();
  await lastGood.save(snapshot);
  await writeFile(join(directory, "blue.json.tmp"), `{"schemaVersion":1,${"x".repeat(100_000)}`);
  await lastGood.save(snapshot);
  assert.deepEqual(await readdir(directory), ["blue.json"]);
  assert.equal((await lastGood.load("blue", signal))?.apps.length, 2);
});

test("a file that is cut, corrupt, of another version or namespace is refused with the reason", async () => {
  const { lastGood, directory } = await storage();
  await lastGood.save(snapshot);
  const path = join(directory, "blue.json");
  const good = await readFile(path, "utf8");
  const parsed = JSON.parse(good) as object;
  const cases: readonly [string, RegExp][] = [
    ["", /is cut or corrupt/],
    [good.slice(0, good.length / 2), /is cut or corrupt/],
    ["\u0000".repeat(good.length), /is cut or corrupt/],
    ["null", /is not a JSON object/],
    ["[]", /has no schemaVersion/],
    ["7", /is not a JSON object/],
    [JSON.stringify({ ...parsed, schemaVersion: 2 }), /has a schemaVersion of another version/],
    [JSON.stringify({ ...parsed, namespace: "green" }), /belongs to another namespace/],
    [JSON.stringify({ ...parsed, apps: {} }), /has no list of apps/],
    [JSON.stringify({ ...parsed, fetchedAt: "yesterday" }), /has no fetchedAt/],
    [JSON.stringify({ ...parsed, leader: 7 }), /has a malformed leader/],
  ];
  for (const [text, reason] of cases) {
    await writeFile(path, text);
    const error = await thrown(() => lastGood.load("blue", signal));
    assert.equal(error.code, "disk-failed");
    assert.match(error.message, reason);
    assert.ok(error.message.includes(path));
  }
});

test("however a file is cut, it is refused", async () => {
  const { lastGood, directory } = await storage();
  await lastGood.save(snapshot);
  const good = (await readFile(join(directory, "blue.json"), "utf8")).trimEnd();
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: good.length - 1 }), async (length) => {
      await writeFile(join(directory, "blue.json"), good.slice(0, length));
      await thrown(() => lastGood.load("blue", signal));
    }),
    { numRuns: 30 },
  );
});

test("an app in the file that cannot be read is dropped alone, with a note", async () => {
  const { lastGood, directory } = await storage();
  await lastGood.save({ ...snapshot, apps: [app("shop")] });
  const path = join(directory, "blue.json");
  await writeFile(path, (await readFile(path, "utf8")).replace('"apps":[', '"apps":[{"appId":"bad-1"},'));
  const loaded = await lastGood.load("blue", signal);
  assert.deepEqual(loaded?.apps, [app("shop")]);
  assert.deepEqual(
    loaded?.notes.map(({ subject, namespace }) => [subject, namespace]),
    [["bad-1", "blue"]],
  );
});

test("a time ahead of the clock does not make old state fresh", async () => {
  const { lastGood } = await storage();
  await lastGood.save({ ...snapshot, fetchedAt: Date.now() + 86_400_000 });
  assert.ok(((await lastGood.load("blue", signal))?.fetchedAt ?? Number.POSITIVE_INFINITY) <= Date.now());
});

test("whatever a namespace is called, it gets a file of its own in the directory", async () => {
  const { lastGood, directory } = await storage();
  const names = [
    "..",
    ".",
    "../../etc/passwd",
    "a/b",
    "a\u0000b",
    "",
    " ",
    "ä ☃",
    "\ud800",
    "blue.json.tmp",
    "con",
    "%2e%2e",
  ];
  for (const namespace of names) {
    await lastGood.save({ ...snapshot, namespace });
    assert.equal((await lastGood.load(namespace, signal))?.namespace, namespace);
  }
  assert.equal((await readdir(directory)).length, names.length);
  assert.deepEqual(await readdir(dirname(directory)), [basename(directory)]);
});

test("two names never share a file", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (one, other) => {
      assert.equal(fileOf("/state", one) === fileOf("/state", other), one === other);
      assert.equal(dirname(fileOf("/state", one)), "/state");
    }),
  );
});

test("a directory that cannot be made or written is an error that names the file, and a new one heals it", async () => {
  const { lastGood, directory } = await storage();
  await writeFile(directory, "a file in the way");
  const error = await thrown(() => lastGood.save(snapshot));
  assert.equal(error.code, "disk-failed");
  assert.match(error.message, /^state of namespace blue cannot be saved to .*blue\.json: E/);
  await rm(directory);
  await lastGood.save(snapshot);
});

test("a write that fails leaves the file before and no rest", async () => {
  const { lastGood, directory } = await storage();
  await lastGood.save(snapshot);
  await mkdir(join(directory, "blue.json.tmp"));
  await thrown(() => lastGood.save({ ...snapshot, apps: [] }));
  await rm(join(directory, "blue.json.tmp"), { recursive: true });
  assert.equal((await lastGood.load("blue", signal))?.apps.length, 2);
});

test("a write that fails at its last step leaves no temporary file", async () => {
  const { lastGood, directory } = await storage();
  await mkdir(join(directory, "blue.json"), { recursive: true });
  await thrown(() => lastGood.save(snapshot));
  assert.deepEqual(await readdir(directory), ["blue.json"]);
});

test("a disk that hangs costs the deadline, not the agent", { skip: process.platform !== "linux" }, async () => {
  const { lastGood, directory } = await storage(50);
  await mkdir(directory, { recursive: true });
  const fifo = join(directory, "fifo");
  execFileSync("mkfifo", [fifo]);
  // Opening a pipe that nobody reads hangs, as a dead network file system does.
  await symlink(fifo, join(directory, "blue.json.tmp"));
  assert.match((await thrown(() => lastGood.save(snapshot))).message, /not done within 0\.05 s/);
  assert.match((await thrown(() => lastGood.save(snapshot))).message, /the write before this one still hangs/);
  const reader = await open(fifo, "r");
  cleanups.push(() => reader.close());
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createHistory } from "../../../agent/records/history.ts";
import type { HistoryContent, NewEntry } from "../../../agent/records/history-entry.ts";
import { until } from "../agent/fake-clock.ts";
import { newFolder } from "../apply/folder.ts";
import { fileOf } from "../plan/fixtures.ts";

const entry: NewEntry = {
  at: "2026-01-02T03:04:05.000Z",
  kind: "reload",
  outcome: "applied",
  reasons: [{ code: "vhost-added", subjects: ["a.test"], count: 1 }],
  proof: "generation",
  tookMs: 12,
  vhosts: 1,
  instances: 2,
};
const contentOf = (text: string): HistoryContent => ({
  file: fileOf(text),
  addresses: [["h.test", "10.0.0.1"]],
  snapshots: [],
});

async function open(t: TestContext, limits: { readonly entries?: number; readonly bytes?: number } = {}) {
  const directory = join(await newFolder(t), "history");
  const failures: unknown[] = [];
  const again = () =>
    createHistory({
      directory,
      timeoutMs: () => 30_000,
      limits: () => ({ entries: 100, bytes: 1e9, ...limits }),
      onFailure: (error) => failures.push(error),
    });
  return { directory, failures, again, history: again() };
}

test("what is added is read back, newest first, also by the next agent", async (t) => {
  const { history, again, directory } = await open(t);
  for (const text of ["one", "two"]) history.add(entry, contentOf(text));
  await history.flush();
  for (const reader of [history, again()]) {
    const [second, first, ...others] = await reader.list();
    assert.deepEqual([second?.id, first?.id, others], [2, 1, []]);
    assert.deepEqual({ ...first, bytes: 0 }, { ...entry, id: 1, bytes: 0 });
    assert.deepEqual((await reader.read(1))?.content, contentOf("one"));
    assert.equal(await reader.read(3), undefined);
  }
  const next = again();
  next.add(entry, contentOf("three"));
  await next.flush();
  assert.equal((await next.list())[0]?.id, 3);
  assert.equal((await stat(join(directory, "00000001.gz"))).mode & 0o777, 0o600);
});

test("a large content, written in pieces, is read back as it was", async (t) => {
  const { history } = await open(t);
  const host = { host: "10.0.0.1", port: 1, portType: "http" };
  const appOf = (_: unknown, index: number) => {
    return {
      appName: `a${index}`,
      appId: `a${index}-1`,
      vhost: `a${index}.test`,
      tags: { k: '"\n\u2028' },
      hosts: [host],
    };
  };
  const apps = Array.from({ length: 250 }, appOf);
  const leader = { endpoint: "http://one.test", host: "one.test", port: 80 };
  // Characters of two units, so that some stand across the edges of the pieces, at either parity.
  for (const shift of ["", "x"]) {
    const content: HistoryContent = {
      ...contentOf(`${shift}${'\u{1F6A2}\\"\n'.repeat(60_001)}`),
      proxyVersion: "1.30.6",
      snapshots: [
        { namespace: "one", fetchedAt: 1, leader, apps },
        { namespace: "two", fetchedAt: 2, apps: [] },
      ],
    };
    history.add(entry, content);
    await history.flush();
    const [newest] = await history.list();
    assert.deepEqual((await history.read(newest?.id ?? 0))?.content, content);
  }
});

test("the ring is bounded by entries and by bytes, the newest stays", async (t) => {
  const few = await open(t, { entries: 2 });
  for (const text of ["1", "2", "3", "4"]) {
    few.history.add(entry, contentOf(text));
    await few.history.flush();
  }
  assert.deepEqual(
    (await few.history.list()).map((one) => one.id),
    [4, 3],
  );
  assert.deepEqual((await readdir(few.directory)).sort(), [
    "00000003.gz",
    "00000003.json",
    "00000004.gz",
    "00000004.json",
  ]);
  const small = await open(t, { bytes: 1 });
  for (const text of ["1", "2"]) {
    small.history.add(entry, contentOf(text));
    await small.history.flush();
  }
  assert.deepEqual(
    (await small.history.list()).map((one) => one.id),
    [2],
  );
});

test("what a crash or a bad disk left behind is left out, and goes with the next entry", async (t) => {
  const { history, directory } = await open(t);
  for (const text of ["1", "2", "3"]) {
    history.add(entry, contentOf(text));
    await history.flush();
  }
  await writeFile(join(directory, "00000001.json"), '{"id":1');
  await rm(join(directory, "00000002.gz"));
  await writeFile(join(directory, "00000009.gz"), "an entry that was never whole");
  await writeFile(join(directory, ".00000009.json.tmp-0123456789ab"), "");
  await writeFile(join(directory, "00000003.gz"), "not gzip");
  assert.deepEqual(
    (await history.list()).map((one) => one.id),
    [3],
  );
  await assert.rejects(history.read(3), { code: "disk-failed", message: /00000003\.gz cannot be used/ });
  history.add(entry, contentOf("4"));
  await history.flush();
  const names = await readdir(directory);
  assert.ok(!names.some((name) => name.includes("tmp") || name.startsWith("00000009")), names.join(" "));
});

test("a disk that fails is told, and nobody waits for it", async (t) => {
  const { history, directory, failures } = await open(t);
  await writeFile(directory, "a file where the folder should be");
  history.add(entry, contentOf("1"));
  await history.flush();
  assert.equal(failures.length, 1);
  assert.match(String(failures[0]), /cannot keep the history in/);
  await assert.rejects(history.list(), { code: "disk-failed" });
});

test("with no entries allowed nothing is written", async (t) => {
  const { history, directory } = await open(t, { entries: 0 });
  history.add(entry, contentOf("1"));
  await history.flush();
  assert.deepEqual(await readdir(directory).catch(() => "none"), "none");
});

test("a disk that hangs costs the deadline, and no more is begun while it does", async (t) => {
  const directory = join(await newFolder(t), "history");
  const failures: string[] = [];
  const onFailure = (error: unknown) => failures.push(String(error));
  const limits = () => ({ entries: 100, bytes: 1e9 });
  const history = createHistory({ directory, timeoutMs: () => 200, limits, onFailure });
  history.add(entry, contentOf("one"));
  await history.flush();
  // Opening a pipe that nobody writes to hangs, as a dead network file system does.
  const pipe = join(directory, "00000001.json");
  await rm(pipe);
  execFileSync("mkfifo", [pipe]);
  await assert.rejects(history.list(), { code: "disk-failed", message: /no answer from the disk within 200 ms/ });
  await assert.rejects(history.list(), { code: "disk-failed", message: /it still hangs/ });
  history.add(entry, contentOf("two"));
  await history.flush();
  assert.match(failures.join(), /cannot keep the history in .*: it still hangs/);
  await writeFile(pipe, "{}");
  await rm(pipe);
  await until(async () => (await history.list().catch(() => undefined))?.length === 0);
});

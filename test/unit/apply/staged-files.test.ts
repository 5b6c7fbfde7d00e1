import assert from "node:assert/strict";
import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readFile,
  readlink,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { readInUse, removeLeftovers, type StagedFile, stageFile } from "../../../agent/apply/staged-files.ts";
import { failureOf, fileAt, namesIn, newFolder } from "./folder.ts";

const disk = { timeoutMs: 10_000 };

/** What every open file has its methods from. */
const FileHandle = await prototypeOfFiles();

async function prototypeOfFiles(): Promise<{ sync(): Promise<void> }> {
  const file = await open(import.meta.filename);
  await file.close();
  return Object.getPrototypeOf(file) as { sync(): Promise<void> };
}

/** A folder with a target (unless there is none) and a staged successor of it. */
async function staging(t: TestContext, { hasTarget } = { hasTarget: true }) {
  const folder = await newFolder(t);
  const target = join(folder, "nginx.conf");
  if (hasTarget) await writeFile(target, "old");
  const stage = (text: string): Promise<StagedFile> => stageFile(fileAt(target, text), disk);
  const text = () => readFile(target, "utf8").catch(() => undefined);
  return { folder, target, stage, text, staged: await stage("new") };
}

describe("a staged file", () => {
  test("stands beside its target, whole, hidden from wildcards, and not in use", async (t) => {
    const { folder, staged, text } = await staging(t);
    assert.deepEqual(await namesIn(folder), [".nginx.conf.tmp-*", "nginx.conf"]);
    assert.equal(await readFile(staged.path, "utf8"), "new");
    assert.equal(await text(), "old");
  });

  test("takes the target's place, and is settled", async (t) => {
    const { folder, target, staged, text } = await staging(t);
    await staged.promote();
    assert.equal(await text(), "new");
    assert.deepEqual(await namesIn(folder), [".nginx.conf.previous", "nginx.conf"]);
    assert.equal(await readFile(join(folder, ".nginx.conf.previous"), "utf8"), "old");
    await staged.settle();
    assert.deepEqual(await namesIn(folder), ["nginx.conf"]);
    assert.equal((await stat(target)).nlink, 1);
  });

  test("gives the place back", async (t) => {
    const { folder, target, staged, text } = await staging(t);
    const before = await stat(target);
    await staged.promote();
    await staged.rollback();
    assert.equal(await text(), "old");
    assert.equal((await stat(target)).ino, before.ino, "the very same file");
    assert.deepEqual(await namesIn(folder), ["nginx.conf"]);
  });

  test("that was the first leaves nothing when it is rolled back", async (t) => {
    const { folder, staged, text } = await staging(t, { hasTarget: false });
    assert.equal(await text(), undefined);
    await staged.promote();
    assert.equal(await text(), "new");
    await staged.rollback();
    assert.deepEqual(await namesIn(folder), []);
  });

  test("that cannot be brought to the disk is not promoted, and leaves nothing", async (t) => {
    const { folder, stage, text, staged } = await staging(t);
    await staged.discard();
    const opened = t.mock.method(FileHandle, "sync", () => Promise.reject(new Error("EIO: i/o error, fsync")));
    const next = await stage("newer");
    assert.match((await failureOf(next.promote())).message, /cannot replace .*EIO/);
    assert.equal(opened.mock.callCount(), 1);
    assert.equal(await text(), "old");
    assert.deepEqual(await namesIn(folder), ["nginx.conf"]);
  });

  test("that is not relied on before it is settled is brought to the disk then, and not before", async (t) => {
    const folder = await newFolder(t);
    const target = join(folder, "nginx.conf");
    const synced = t.mock.method(FileHandle, "sync", () => Promise.resolve());
    const staged = await stageFile(fileAt(target, "new"), { ...disk, onDiskBy: "settle" });
    await staged.promote();
    assert.equal(await readFile(target, "utf8"), "new");
    assert.equal(synced.mock.callCount(), 0);
    await staged.settle();
    assert.equal(synced.mock.callCount(), 1);
    assert.deepEqual(await namesIn(folder), ["nginx.conf"]);
  });

  test("rolled back twice, or before it was promoted, does no harm", async (t) => {
    const { staged, text } = await staging(t);
    await staged.rollback();
    assert.equal(await text(), "old");
    await staged.promote();
    await staged.rollback();
    await staged.rollback();
    assert.equal(await text(), "old");
  });

  test("can be discarded after a check, or kept to look at", async (t) => {
    const { folder, staged, stage } = await staging(t);
    await staged.discard();
    assert.deepEqual(await namesIn(folder), ["nginx.conf"]);
    await (await stage("bad")).refuse();
    await (await stage("worse")).refuse();
    assert.deepEqual(await namesIn(folder), [".nginx.conf.refused", "nginx.conf"], "only the last one");
    assert.equal(await readFile(join(folder, ".nginx.conf.refused"), "utf8"), "worse");
  });

  test("keeps owner and mode of its target, and carries the time it was rendered", async (t) => {
    const { target, stage } = await staging(t);
    await chmod(target, 0o640);
    if (process.getuid?.() === 0) await chown(target, 12, 34);
    const before = await stat(target);
    await (await stage("newer")).promote();
    const after = await stat(target);
    assert.deepEqual([after.mode, after.uid, after.gid], [before.mode, before.uid, before.gid]);
    assert.equal(Math.round(after.mtimeMs), 1_700_000_000_123);
  });

  test("without a target can be read by everybody and written by its owner", async (t) => {
    const { target, staged } = await staging(t, { hasTarget: false });
    await staged.promote();
    assert.equal((await stat(target)).mode & 0o777 & ~0o644, 0);
  });
});

describe("the last proven file", () => {
  test("is what a rollback brings back, however many came between", async (t) => {
    const { folder, staged, stage, text } = await staging(t);
    await staged.promote();
    const second = await stage("newer");
    await second.promote();
    assert.equal(await text(), "newer");
    await second.rollback();
    assert.equal(await text(), "old");
    assert.deepEqual(await namesIn(folder), ["nginx.conf"]);
  });

  test("is known after a kill between promotion and proof", async (t) => {
    const { target, staged } = await staging(t);
    assert.deepEqual(await readInUse(target, disk), {
      file: { text: "old", renderedAt: Math.round((await stat(target)).mtimeMs) },
      former: undefined,
    });
    await staged.promote();
    assert.deepEqual(await readInUse(target, disk), {
      file: { text: "new", renderedAt: 1_700_000_000_123 },
      former: "old",
    });
    await staged.settle();
    assert.equal((await readInUse(target, disk)).former, undefined);
  });

  test("may be none", async (t) => {
    const { target, staged } = await staging(t, { hasTarget: false });
    assert.deepEqual(await readInUse(target, disk), { file: undefined, former: undefined });
    await staged.promote();
    assert.equal((await readInUse(target, disk)).former, "");
  });
});

describe("a target that is a link", () => {
  test("becomes a file; the link's own target is not written to, and a rollback brings the link back", async (t) => {
    const { folder, target, stage, text } = await staging(t, { hasTarget: false });
    await writeFile(join(folder, "real.conf"), "real");
    await symlink("real.conf", target);
    const staged = await stage("new");
    await staged.promote();
    assert.equal((await lstat(target)).isSymbolicLink(), false);
    assert.equal(await text(), "new");
    assert.equal(await readFile(join(folder, "real.conf"), "utf8"), "real");
    await staged.rollback();
    assert.equal(await readlink(target), "real.conf");
    assert.equal(await text(), "real");
  });

  test("to nothing is replaced like one that is not there", async (t) => {
    const { folder, target, stage, text } = await staging(t, { hasTarget: false });
    await symlink("nowhere", target);
    const staged = await stage("new");
    await staged.promote();
    assert.equal(await text(), "new");
    await staged.settle();
    assert.equal((await namesIn(folder)).filter((name) => name.includes("previous")).length, 0);
  });
});

describe("leftovers", () => {
  test("of an agent that was killed go; what is not its own stays", async (t) => {
    const { folder, target, stage } = await staging(t);
    await stage("another");
    const others = [".other.conf.tmp-0123456789ab", "nginx.conf.tmp-0123456789ab", ".nginx.conf.refused"];
    for (const name of others) await writeFile(join(folder, name), "");
    await removeLeftovers(target, disk);
    assert.deepEqual(await namesIn(folder), [
      ".nginx.conf.refused",
      ".other.conf.tmp-*",
      "nginx.conf",
      "nginx.conf.tmp-*",
    ]);
  });

  test("of a folder that is not there yet are none", async (t) => {
    await removeLeftovers(join(await newFolder(t), "none", "nginx.conf"), disk);
  });
});

describe("a disk that does not do as told", () => {
  test("a missing folder is told with its remedy", async (t) => {
    const target = join(await newFolder(t), "none", "nginx.conf");
    const error = await failureOf(stageFile(fileAt(target, "x"), disk));
    assert.equal(error.code, "disk-failed");
    assert.ok(error.message.startsWith(`cannot write beside ${target}: ENOENT`), error.message);
    assert.match(error.message, /; create the folder$/);
  });

  test("a folder that cannot be written to is told with its remedy, and nothing is left", async (t) => {
    const folder = await newFolder(t);
    await chmod(folder, 0o555);
    const target = join(folder, "nginx.conf");
    const error = await asNobody(() => failureOf(stageFile(fileAt(target, "x"), disk)));
    assert.match(error.message, /EACCES.*; give the agent's user write access to the folder$/);
    assert.deepEqual(await namesIn(folder), []);
  });

  test("a folder in the target's place is refused, and stays", async (t) => {
    const { folder, target, staged } = await staging(t, { hasTarget: false });
    await mkdir(target);
    const error = await failureOf(staged.promote());
    assert.match(error.message, new RegExp(`^cannot replace ${target}: `));
    assert.ok((await stat(target)).isDirectory());
    assert.deepEqual(await namesIn(folder), ["nginx.conf"], "it is tried again and again: nothing may pile up");
  });

  test("a staged file that somebody removed does not cost the one in use", async (t) => {
    const { staged, text, folder } = await staging(t);
    await staged.discard();
    const error = await failureOf(staged.promote());
    assert.equal(error.code, "disk-failed");
    assert.equal(await text(), "old");
    assert.deepEqual(await namesIn(folder), ["nginx.conf"], "and it does not count as unproven");
  });
});

test("the time of the file is what counts as its time of rendering", async (t) => {
  const { target } = await staging(t);
  await utimes(target, 1_650_000_000.5, 1_650_000_000.5);
  assert.equal((await readInUse(target, disk)).file?.renderedAt, 1_650_000_000_500);
});

/** Root may write everywhere: as root, becomes another user for a while. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

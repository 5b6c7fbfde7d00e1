import assert from "node:assert/strict";
import { chmod, chown, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { replaceFile } from "../../../agent/apply/write-in-one-step.ts";
import { failureOf, namesIn, newFolder } from "./folder.ts";

const options = { timeoutMs: 30_000 };

test("a file says something else at once; owner, mode and time stay, and nothing is left beside it", async (t) => {
  const folder = await newFolder(t);
  const path = join(folder, "haproxy.cfg");
  await writeFile(path, "old");
  await chmod(path, 0o666);
  if (process.getuid?.() === 0) await chown(path, 12_345, 54_321);
  await utimes(path, 1_600_000_000, 1_600_000_000);
  const before = await stat(path);
  await replaceFile(path, Buffer.from([0xff, 0x0a]), options);
  const after = await stat(path);
  assert.deepEqual([...(await readFile(path))], [0xff, 0x0a]);
  for (const what of ["uid", "gid", "mode", "mtimeMs"] as const) assert.equal(after[what], before[what], what);
  assert.notEqual(after.ino, before.ino);
  assert.deepEqual(await namesIn(folder), ["haproxy.cfg"]);
});

test("what cannot be replaced stays as it is", async (t) => {
  const folder = await newFolder(t);
  const error = await failureOf(replaceFile(join(folder, "none"), Buffer.from("x"), options));
  assert.equal(error.code, "disk-failed");
  assert.match(error.message, /^cannot replace .*none: ENOENT/);
  assert.deepEqual(await namesIn(folder), []);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { onDisk } from "../../../agent/apply/disk.ts";
import { isMissing } from "../../../agent/errors.ts";
import { failureOf } from "./folder.ts";

const doing = (operation: () => Promise<unknown>, timeoutMs = 10_000) =>
  onDisk("write", { timeoutMs, path: "/etc/x.conf" }, operation);

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: it failed\nbadly`), { code });
}

test("what goes well is passed on", async () => {
  assert.equal(await doing(async () => 7), 7);
});

const advice = {
  EACCES: "; give the agent's user write access to the folder",
  EPERM: "; give the agent's user write access to the folder",
  EROFS: "; give the agent's user write access to the folder",
  ENOSPC: "; free some disk space",
  EDQUOT: "; free some disk space",
  ENOENT: "; create the folder",
  EIO: "",
};
for (const [code, remedy] of Object.entries(advice)) {
  test(`${code} becomes one line that names path, reason and remedy`, async () => {
    const cause = systemError(code);
    const error = await failureOf(doing(() => Promise.reject(cause)));
    assert.equal(error.message, `cannot write /etc/x.conf: ${code}: it failed badly${remedy}`);
    assert.deepEqual(
      [error.code, error.retry, error.cause, error.facts["path"]],
      ["disk-failed", "soon", cause, "/etc/x.conf"],
    );
  });
}

test("a disk that hangs is a failure too", async () => {
  const error = await failureOf(doing(() => new Promise(() => undefined), 10));
  assert.equal(error.message, "cannot write /etc/x.conf: no answer from the disk within 10 ms");
});

test("only a file that is not there is missing", () => {
  assert.deepEqual([systemError("ENOENT"), systemError("EACCES"), "ENOENT", undefined].map(isMissing), [
    true,
    false,
    false,
    false,
  ]);
});

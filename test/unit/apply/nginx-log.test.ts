import assert from "node:assert/strict";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { complaintIn, lastComplaint, markLog } from "../../../agent/apply/nginx-log.ts";
import { newFolder } from "./folder.ts";

const line = (text: string) => `2026/01/02 03:04:05 [emerg] 12#12: ${text}\n`;

describe("complaintIn", () => {
  test("is the last serious line, without nginx's prefix", () => {
    const output = [
      'nginx: [warn] conflicting server name "a" on 0.0.0.0:7000, ignored',
      'nginx: [emerg] unknown directive "x" in /etc/x.conf:3',
      "nginx: configuration file /etc/x.conf test failed",
    ].join("\n");
    assert.equal(complaintIn(output), 'unknown directive "x" in /etc/x.conf:3');
  });

  test("is found in a log with time, process and connection", () => {
    assert.equal(complaintIn(line("a") + line("b")), "b");
    assert.equal(complaintIn("2026/01/02 03:04:05 [crit] 12#12: *7 no memory\n"), "no memory");
    assert.equal(complaintIn("2026/01/02 03:04:05 [alert] 12#0: odd\n"), "odd");
  });

  test("is the reason, not the sum of it", () => {
    const bind = line("bind() to 0.0.0.0:7000 failed (98: Address already in use)");
    assert.equal(
      complaintIn(bind + bind + line("still could not bind()")),
      "bind() to 0.0.0.0:7000 failed (98: Address already in use)",
    );
    assert.equal(complaintIn(line("still could not bind()")), "still could not bind()");
  });

  test("is none without a serious line", () => {
    assert.equal(complaintIn(""), undefined);
    assert.equal(complaintIn("nginx: [warn] x\n[error] 1#1: y\n"), undefined);
  });
});

describe("lastComplaint", () => {
  test("reads only what was written after the mark", async (t) => {
    const path = join(await newFolder(t), "error.log");
    await writeFile(path, line("old"));
    const mark = await markLog(path);
    assert.equal(await lastComplaint(mark), undefined);
    await appendFile(path, line("new"));
    assert.equal(await lastComplaint(mark), "new");
  });

  test("reads all of a log that was rotated in between, or began after the mark", async (t) => {
    const folder = await newFolder(t);
    const [rotated, later] = [join(folder, "rotated.log"), join(folder, "later.log")];
    await writeFile(rotated, line("a long line of the former log, longer than what follows"));
    const marks = [await markLog(rotated), await markLog(later)];
    await writeFile(rotated, line("new"));
    await writeFile(later, line("later"));
    assert.deepEqual(await Promise.all(marks.map(lastComplaint)), ["new", "later"]);
  });

  test("reads the end of a log that grew by megabytes", async (t) => {
    const path = join(await newFolder(t), "error.log");
    const mark = await markLog(path);
    await writeFile(path, `${line("early")}${"x".repeat(1_000_000)}\n${line("late")}`);
    assert.equal(await lastComplaint(mark), "late");
  });

  test("without a log, or with one that is gone, there is none", async (t) => {
    assert.equal(await markLog(undefined), undefined);
    assert.equal(await lastComplaint(undefined), undefined);
    assert.equal(await lastComplaint(await markLog(join(await newFolder(t), "none.log"))), undefined);
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AgentError, type Facts } from "../../../agent/errors.ts";
import { createLogger, errorFacts, type LogFormat, type LogLevel } from "../../../agent/log.ts";

const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

function logger(format: LogFormat = "json", level: LogLevel = "info") {
  const lines: string[] = [];
  return { lines, log: createLogger({ level, format, now: () => at, write: (line) => lines.push(line) }) };
}

const parsed = (line: string | undefined): unknown => JSON.parse(line ?? "");

describe("JSON", () => {
  test("is one line with time, level, message and fields", () => {
    const { log, lines } = logger();
    log.warn("odd", { namespace: "a", count: 2, keys: ["x", "y"], none: undefined, text: "two\nlines" });
    assert.match(lines[0] ?? "", /^[^\n]+\n$/);
    assert.deepEqual(parsed(lines[0]), {
      time: "2026-01-02T03:04:05.678Z",
      level: "warn",
      msg: "odd",
      namespace: "a",
      count: 2,
      keys: ["x", "y"],
      text: "two\nlines",
    });
  });

  test("needs no fields", () => {
    const { log, lines } = logger();
    log.info("started");
    assert.deepEqual(parsed(lines[0]), { time: "2026-01-02T03:04:05.678Z", level: "info", msg: "started" });
  });
});

describe("text", () => {
  const line = (facts: Facts) => {
    const { log, lines } = logger("text");
    log.info("applied", facts);
    return lines.join("");
  };

  test("is for people", () => {
    assert.equal(
      line({ plan: "reload", total_ms: 12, keys: ["a", "b"] }),
      "03:04:05.678 INFO  applied plan=reload total_ms=12 keys=a,b\n",
    );
  });

  test("quotes what would not read as one value, and what would be a second line", () => {
    assert.equal(
      line({ a: "two words", b: "line\nfeed", c: 'q"', d: "e=f", esc: "\u001b[2J", none: undefined }),
      '03:04:05.678 INFO  applied a="two words" b="line\\nfeed" c="q\\"" d="e=f" esc="\\u001b[2J"\n',
    );
  });
});

test("fields that are named like credentials are not shown, in either format", () => {
  const secret = "s3cr3t";
  const facts = {
    pass: secret,
    PASSWORD_FILE: secret,
    api_token: secret,
    Authorization: secret,
    clientSecret: secret,
    credentials: secret,
  };
  for (const format of ["json", "text"] as const) {
    const { log, lines } = logger(format);
    log.error("x", { ...facts, user: "shown" });
    assert.doesNotMatch(lines[0] ?? "", /s3cr3t/);
    assert.equal(lines[0]?.split("[redacted]").length, 7);
    assert.match(lines[0] ?? "", /shown/);
  }
});

describe("the level", () => {
  const levels = ["trace", "debug", "info", "warn", "error"] as const;

  test("lets through itself and what is graver", () => {
    for (const [index, level] of levels.entries()) {
      const { log, lines } = logger("json", level);
      for (const one of levels) log[one](one);
      assert.deepEqual(
        lines.map((line) => (parsed(line) as { level: string }).level),
        levels.slice(index),
      );
    }
  });

  test("can be changed while running", () => {
    const { log, lines } = logger("json", "error");
    log.info("not shown");
    log.setLevel("info");
    log.info("shown");
    assert.equal(lines.length, 1);
  });
});

test("a line that repeats is shown every time", () => {
  const { log, lines } = logger();
  for (let index = 0; index < 100; index += 1) log.warn("again", { same: "facts" });
  assert.equal(lines.length, 100);
});

describe("errorFacts", () => {
  test("has code, message and facts of an error of ours", () => {
    const error = new AgentError("disk-failed", "cannot\n write", { facts: { path: "/x" } });
    assert.deepEqual(errorFacts(error), { path: "/x", code: "disk-failed", error: "cannot write" });
  });

  test("has the message of any other", () => {
    assert.deepEqual(errorFacts(new TypeError("oops")), { error: "oops" });
    assert.deepEqual(errorFacts("thrown text"), { error: "thrown text" });
  });
});

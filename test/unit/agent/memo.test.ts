import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemo } from "../../../agent/memo.ts";

test("the same keys give the same result, made once", () => {
  const memo = createMemo<object>();
  const key = {};
  const first = memo([key, 1], () => ({}));
  assert.equal(
    memo([key, 1], () => assert.fail("made again")),
    first,
  );
});

test("any other key, more of them or fewer make a new one", () => {
  const memo = createMemo<readonly unknown[]>();
  const made: unknown[] = [];
  for (const keys of [[{}], [{}], [1], [1, 2], [1], []]) {
    memo(keys, () => {
      made.push(keys);
      return keys;
    });
  }
  assert.equal(made.length, 6);
});

test("only the last result is kept", () => {
  const memo = createMemo<string>();
  memo([1], () => "one");
  memo([2], () => "two");
  assert.equal(
    memo([1], () => "one again"),
    "one again",
  );
});

test("what failed is tried again, and what was kept before stays", () => {
  const memo = createMemo<string>();
  memo([1], () => "one");
  const fails = () => {
    throw new Error("no");
  };
  assert.throws(() => memo([2], fails));
  assert.throws(() => memo([2], fails));
  assert.equal(
    memo([1], () => assert.fail("made again")),
    "one",
  );
  assert.equal(
    memo([2], () => "two"),
    "two",
  );
});

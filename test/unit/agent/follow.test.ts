import assert from "node:assert/strict";
import { test } from "node:test";
import { followIn } from "../../../agent/follow.ts";

const follow = (before: string, now: string) => {
  const indexOf = followIn([...before], (one, other: string) => one === other);
  return [...now].map((one) => indexOf(one));
};

test("what stays is found where it was, whatever comes and goes around it", () => {
  assert.deepEqual(follow("abcd", "abcd"), [0, 1, 2, 3]);
  assert.deepEqual(follow("abcd", "bcde"), [1, 2, 3, undefined]);
  assert.deepEqual(follow("abcd", "xaycd"), [undefined, 0, undefined, 2, 3]);
  assert.deepEqual(follow("", "a"), [undefined]);
});

test("nothing is found twice, and nothing that has moved to the front of what was found", () => {
  assert.deepEqual(follow("ab", "aab"), [0, undefined, 1]);
  assert.deepEqual(follow("abc", "cab"), [2, undefined, undefined]);
});

test("one is looked for among the next 16 only", () => {
  const before = "abcdefghijklmnopq";
  assert.deepEqual(follow(before, "p"), [15]);
  assert.deepEqual(follow(before, "q"), [undefined]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { createListMemo, createMemo } from "../../../agent/memo.ts";

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

test("of a list, only what is another object is made anew, and knows what there was under its key", () => {
  const made: string[] = [];
  const list = createListMemo<{ readonly key: string }, string>({
    keyOf: (source) => source.key,
    make(source, former) {
      made.push(`${source.key}${former === undefined ? "" : ` after ${former.result}`}`);
      return `${source.key}${made.length}`;
    },
  });
  const [a, b, c, d] = ["a", "b", "c", "d"].map((key) => ({ key }));
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error("four");
  assert.deepEqual(list([a, c]), ["a1", "c2"]);
  assert.deepEqual(list([a, b, { key: "c" }, d]), ["a1", "b3", "c4", "d5"]);
  assert.deepEqual(list([d]), ["d5"]);
  assert.deepEqual(list([a, d, d]), ["a6", "d5", "d7"]);
  assert.deepEqual(made, ["a", "c", "b", "c after c2", "d", "a", "d"]);
});

test("of a list, what failed is tried again, and what was made before stays", () => {
  const state = { fails: false };
  const list = createListMemo<{ readonly key: string }, object>({
    keyOf: (source) => source.key,
    make() {
      if (state.fails) throw new Error("no");
      return {};
    },
  });
  const a = { key: "a" };
  const first = list([a])[0];
  state.fails = true;
  assert.throws(() => list([a, { key: "b" }]));
  assert.equal(list([a])[0], first);
});

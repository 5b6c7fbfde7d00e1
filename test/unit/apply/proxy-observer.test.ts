import assert from "node:assert/strict";
import { test } from "node:test";
import { noObserver, observerAhead } from "../../../agent/apply/proxy-observer.ts";

test("what is refused of steps that went ahead does not count: it is asked for again", () => {
  const counted: string[] = [];
  const observer = observerAhead({
    ...noObserver,
    called: ({ operation, ok }) => void counted.push(`${operation} ${ok}`),
    updated: ({ ok }) => void counted.push(`update ${ok}`),
  });
  for (const ok of [true, false]) {
    observer.called({ operation: "add", ok });
    observer.updated({ ok, ms: 1 });
  }
  assert.deepEqual(counted, ["add true", "update true"]);
});

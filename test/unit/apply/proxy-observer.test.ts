import assert from "node:assert/strict";
import { test } from "node:test";
import { noObserver, observerOf } from "../../../agent/apply/proxy-observer.ts";

/** What is counted of one step that was done and one that was refused. */
function countedOf(plan: Parameters<typeof observerOf>[0]): readonly string[] {
  const counted: string[] = [];
  const observer = observerOf(plan, {
    ...noObserver,
    called: ({ operation, ok }) => void counted.push(`${operation} ${ok}`),
    updated: ({ ok }) => void counted.push(`update ${ok}`),
  });
  for (const ok of [true, false]) {
    observer.called({ operation: "add", ok });
    observer.updated({ ok, ms: 1 });
  }
  return counted;
}

test("what is refused counts, but of a tentative plan, which asks for it again", () => {
  assert.deepEqual(countedOf({}), ["add true", "update true", "add false", "update false"]);
  assert.deepEqual(countedOf({ isTentative: true }), ["add true", "update true"]);
});

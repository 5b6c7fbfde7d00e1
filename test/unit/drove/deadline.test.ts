import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { systemClock } from "../../../agent/clock.ts";
import { DeadlineError, withDeadline } from "../../../agent/deadline.ts";

const clock = systemClock();
const never = () => new Promise<never>(() => undefined);

test("work that is done in time gives its value and leaves no listener", async () => {
  const { signal } = new AbortController();
  assert.equal(await withDeadline({ clock, signal, ms: 1000 }, async () => 7), 7);
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("work that does not listen is left at the deadline, and told", async () => {
  const { signal } = new AbortController();
  const seen: AbortSignal[] = [];
  const work = withDeadline({ clock, signal, ms: 5 }, (scope) => {
    seen.push(scope);
    return never();
  });
  await assert.rejects(work, DeadlineError);
  assert.ok(seen[0]?.reason instanceof DeadlineError);
});

test("the parent's abort ends the work, also one from before", async () => {
  const parent = new AbortController();
  const work = withDeadline({ clock, signal: parent.signal, ms: 10_000 }, never);
  parent.abort(new Error("shutdown"));
  await assert.rejects(work, /shutdown/);
  await assert.rejects(withDeadline({ clock, signal: parent.signal, ms: 10_000 }, never), /shutdown/);
});

test("an error of the work is the error", async () => {
  const { signal } = new AbortController();
  await assert.rejects(
    withDeadline({ clock, signal, ms: 1000 }, () => Promise.reject(new Error("broken"))),
    /broken/,
  );
});

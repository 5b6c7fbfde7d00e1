import assert from "node:assert/strict";
import { test } from "node:test";
import { createHold } from "../../../agent/hold.ts";
import { fakeClock } from "./fake-clock.ts";

function holdFor(maxMs: number) {
  const clock = fakeClock();
  const told = { count: 0 };
  const onOverdue = () => {
    told.count += 1;
  };
  const hold = createHold(clock, { maxMs: () => maxMs, onOverdue });
  return { clock, hold, told, state: () => [hold.held() !== undefined, hold.isOverdue()] };
}

test("nothing is held that nobody held", () => {
  assert.deepEqual(holdFor(1000).state(), [false, false]);
});

test("a hold lasts until it is ended", async () => {
  const { clock, hold, told, state } = holdFor(1000);
  hold.begin();
  await clock.advance(999);
  assert.deepEqual(state(), [true, false]);
  hold.end();
  assert.deepEqual(state(), [false, false]);
  assert.equal(told.count, 0);
});

test("a hold that is never ended holds no longer than allowed, and is overdue from then on", async () => {
  const { clock, hold, told, state } = holdFor(1000);
  hold.begin();
  await clock.advance(1000);
  assert.deepEqual(state(), [false, true]);
  await clock.advance(1_000_000);
  assert.deepEqual(state(), [false, true]);
  assert.equal(told.count, 1, "told once, however often it is asked");
  hold.end();
  assert.deepEqual(state(), [false, false]);
});

test("each hold that lasts too long is told", async () => {
  const { clock, hold, told, state } = holdFor(1000);
  for (const count of [1, 2]) {
    hold.begin();
    assert.deepEqual(state(), [true, false]);
    await clock.advance(1000);
    assert.deepEqual(state(), [false, true]);
    assert.equal(told.count, count);
  }
});

test("a second beginning counts anew", async () => {
  const { clock, hold, state } = holdFor(1000);
  hold.begin();
  await clock.advance(900);
  hold.begin();
  await clock.advance(900);
  assert.deepEqual(state(), [true, false]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { createPace } from "../../../agent/dns/pace.ts";
import { fakeClock } from "../agent/fake-clock.ts";

/** Datagrams of 244 bytes take 1000 of their receiver's buffer. */
function started({ mostWaiting = 1000 } = {}) {
  const clock = fakeClock();
  const pace = createPace({ clock, burstBytes: 10_000, bytesPerMs: () => 2000, mostWaiting: () => mostWaiting });
  const sent: number[] = [];
  const offer = (count: number, from = 0) => {
    for (let number = from; number < from + count; number += 1)
      pace.offer(() => {
        sent.push(number);
        return 244;
      });
  };
  return { clock, pace, sent, offer };
}

test("what is little is sent at once", async () => {
  const { clock, sent, offer } = started();
  for (let round = 0; round < 5; round += 1) {
    offer(10, 10 * round);
    assert.equal(sent.length, 10 * (round + 1));
    await clock.advance(5);
  }
});

test("what is more is sent in its order, and no faster than it can be taken", async () => {
  const { clock, sent, offer } = started();
  offer(50);
  assert.equal(sent.length, 10);
  await clock.advance(1);
  assert.equal(sent.length, 12);
  offer(1, 50);
  await clock.advance(10);
  assert.equal(sent.length, 32);
  await clock.advance(20);
  assert.deepEqual(
    sent,
    Array.from({ length: 51 }, (_, index) => index),
  );
  assert.deepEqual(clock.sleeping(), []);
});

test("what sends nothing costs nothing", () => {
  const { sent, offer, pace } = started();
  for (let count = 0; count < 100; count += 1) pace.offer(() => 0);
  offer(10);
  assert.equal(sent.length, 10);
});

test("what is too much is forgotten, and so is all that waits at the end", async () => {
  const { clock, sent, offer, pace } = started({ mostWaiting: 5 });
  offer(50);
  await clock.advance(100);
  assert.equal(sent.length, 15);
  offer(50);
  pace.stop();
  await clock.advance(100);
  assert.equal(sent.length, 25);
  offer(1);
  assert.equal(sent.length, 26, "it may be used again");
});

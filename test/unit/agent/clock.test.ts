import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import fc from "fast-check";
import { backoff, createWake, systemClock, within, withJitter } from "../../../agent/clock.ts";
import { fakeClock } from "./fake-clock.ts";

const forever = new AbortController().signal;

describe("the clock of the machine", () => {
  test("sleeps as long as asked", async () => {
    const clock = systemClock();
    const begun = clock.monotonic();
    await clock.sleep(20, forever);
    assert.ok(clock.monotonic() - begun >= 19);
  });

  test("ends a sleep at once when the signal aborts, without an error", async () => {
    const stop = new AbortController();
    const asleep = systemClock().sleep(60_000, stop.signal);
    stop.abort();
    await asleep;
    await systemClock().sleep(60_000, stop.signal);
  });

  test("counts from the epoch, and gives numbers from 0 to 1", () => {
    const clock = systemClock();
    assert.ok(Math.abs(clock.now() - Date.now()) < 1000);
    assert.ok(clock.random() >= 0 && clock.random() < 1);
  });
});

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("jitter", () => {
  test("stays within its share", () => {
    fc.assert(
      fc.property(chance, fc.nat(100_000), (random, ms) => {
        const value = withJitter(fakeClock(0, random), ms, 0.1);
        assert.ok(value >= ms * 0.9 - 1e-6 && value <= ms * 1.1 + 1e-6);
      }),
    );
  });

  test("goes both ways", () => {
    assert.deepEqual(
      [0, 0.5].map((random) => withJitter(fakeClock(0, random), 1000, 0.1)),
      [900, 1000],
    );
    assert.ok(withJitter(fakeClock(0, 0.999), 1000, 0.1) > 1099);
  });
});

describe("backoff", () => {
  const limits = { firstMs: 500, maxMs: 10_000 };

  test("doubles up to its limit", () => {
    const clock = fakeClock(0, 0);
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6, 7].map((attempt) => backoff(clock, attempt, limits) * 2),
      [500, 1000, 2000, 4000, 8000, 10_000, 10_000],
    );
  });

  test("has half of it by chance, and never more than the limit, however often it failed", () => {
    fc.assert(
      fc.property(chance, fc.integer({ min: 1, max: 1_000_000 }), (random, attempt) => {
        const ms = backoff(fakeClock(0, random), attempt, limits);
        const full = Math.min(10_000, 500 * 2 ** (attempt - 1));
        assert.ok(ms >= full / 2 && ms <= full);
      }),
    );
  });
});

describe("work with little time", () => {
  const untilAborted = (late: AbortSignal) =>
    new Promise<never>((_, reject) => {
      late.addEventListener("abort", () => reject(late.reason), { once: true });
    });

  test("is told when its time is over, and when its parent aborts", async () => {
    await assert.rejects(within({ ms: 5 }, untilAborted), { name: "TimeoutError" });
    const parent = new AbortController();
    const cut = within({ signal: parent.signal, ms: 60_000 }, untilAborted);
    parent.abort(new Error("shutdown"));
    await assert.rejects(cut, /shutdown/);
    const late = await within({ signal: parent.signal, ms: 60_000 }, async (signal) => signal);
    assert.equal(late.aborted, true);
  });

  test("leaves neither timer nor listener behind", async () => {
    const parent = new AbortController();
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const before = timers();
    assert.equal(await within({ signal: parent.signal, ms: 60_000 }, async () => 7), 7);
    assert.equal(timers(), before);
    assert.equal(getEventListeners(parent.signal, "abort").length, 0);
  });
});

describe("a wake", () => {
  function waiting(wake: ReturnType<typeof createWake>, signal = forever, ms?: number) {
    const seen = { over: false };
    const done = wake.wait(signal, ms).then(() => {
      seen.over = true;
    });
    return { seen, done };
  }

  test("that was rung before does not wait", async () => {
    const wake = createWake(fakeClock());
    wake.ring();
    wake.ring();
    await wake.wait(forever);
  });

  test("counts any number of rings once", async () => {
    const clock = fakeClock();
    const wake = createWake(clock);
    wake.ring();
    wake.ring();
    await wake.wait(forever);
    const { seen } = waiting(wake);
    await clock.advance(1_000_000);
    assert.equal(seen.over, false, "both rings are used up");
  });

  test("rung while somebody waits ends the wait, once", async () => {
    const clock = fakeClock();
    const wake = createWake(clock);
    const first = waiting(wake);
    await clock.asleep();
    wake.ring();
    wake.ring();
    await first.done;
    const second = waiting(wake);
    await clock.advance(1_000_000);
    assert.equal(second.seen.over, false);
  });

  test("ends by itself after the given time", async () => {
    const clock = fakeClock();
    const { seen } = waiting(createWake(clock), forever, 500);
    await clock.advance(499);
    assert.equal(seen.over, false);
    await clock.advance(1);
    assert.equal(seen.over, true);
  });

  test("ends when the signal aborts, and does not begin after", async () => {
    const clock = fakeClock();
    const stop = new AbortController();
    const wake = createWake(clock);
    const { done } = waiting(wake, stop.signal);
    await clock.asleep();
    stop.abort();
    await done;
    await wake.wait(stop.signal);
    assert.deepEqual(clock.sleeping(), []);
  });
});

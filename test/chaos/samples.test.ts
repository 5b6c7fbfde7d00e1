import assert from "node:assert/strict";
import { test } from "node:test";
import { type Sample, sampleOf, trendOf } from "./samples.ts";

/** An hour of samples every five seconds. */
function hour(pid: number, resident: (minute: number) => number): readonly Sample[] {
  return Array.from({ length: 720 }, (_, at) => ({
    minute: at / 12,
    pid,
    residentMib: resident(at / 12),
    fds: 20 + (at % 3),
  }));
}

test("waves between collections of garbage are no growth", () => {
  const trend = trendOf(hour(1, (minute) => 60 + ((minute * 12) % 9)));
  assert.ok(Math.abs(trend?.residentMibPerHour ?? 99) < 0.1);
  assert.equal(trend?.fdsPerHour, 0);
  assert.deepEqual(trend?.fds, { first: 20, last: 20, most: 22 });
});

test("growth under the waves is seen", () => {
  const trend = trendOf(hour(1, (minute) => 60 + ((minute * 12) % 9) + minute / 30));
  assert.ok(Math.abs((trend?.residentMibPerHour ?? 0) - 2) < 0.1);
});

test("the warm-up does not count, nor do short lives", () => {
  const long = hour(1, (minute) => (minute < 10 ? 40 + minute : 60));
  const trend = trendOf([...hour(2, () => 900).slice(0, 20), ...long]);
  assert.equal(trend?.pid, 1);
  assert.equal(trend?.residentMibPerHour, 0);
});

test("too little to tell", () => {
  assert.equal(trendOf([]), undefined);
  assert.equal(trendOf(hour(1, () => 60).slice(0, 12)), undefined);
});

test("a process is measured, one that is gone is not", async () => {
  const sample = await sampleOf(process.pid, 1);
  assert.ok(sample !== undefined && sample.residentMib > 10 && sample.fds > 2);
  assert.equal(await sampleOf(2 ** 22 + 1, 1), undefined);
});

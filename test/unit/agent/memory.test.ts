import assert from "node:assert/strict";
import { test } from "node:test";
import { createWake } from "../../../agent/clock.ts";
import { tidyMemory } from "../../../agent/memory.ts";
import { fakeClock } from "./fake-clock.ts";

test("memory is tidied up once the changes have ended, not in their midst", async (t) => {
  const had = globalThis.gc;
  let tidied = 0;
  const count = async () => {
    tidied += 1;
  };
  globalThis.gc = count as unknown as NonNullable<typeof gc>;
  t.after(() => {
    globalThis.gc = had;
  });
  const clock = fakeClock();
  const worked = createWake(clock);
  const stop = new AbortController();
  const done = tidyMemory(worked, { clock, signal: stop.signal });
  for (let change = 0; change < 5; change++) {
    worked.ring();
    await clock.advance(2000);
  }
  assert.equal(tidied, 0);
  await clock.advance(1500);
  assert.equal(tidied, 1);
  await clock.advance(60_000);
  assert.equal(tidied, 1, "nothing has changed since");
  stop.abort();
  await done;
});

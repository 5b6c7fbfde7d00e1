import assert from "node:assert/strict";
import { test } from "node:test";
import { createWake } from "../../../agent/clock.ts";
import { tidyMemory } from "../../../agent/memory.ts";
import { fakeClock, until } from "./fake-clock.ts";

test("what is young is collected after each change, the rest three seconds after the last, not in their midst", async () => {
  const clock = fakeClock();
  const worked = createWake(clock);
  const stop = new AbortController();
  const seen = { young: 0, all: 0 };
  const findCollector = async () => ({
    young() {
      seen.young += 1;
    },
    all() {
      seen.all += 1;
    },
  });
  const done = tidyMemory(worked, { clock, signal: stop.signal, findCollector });
  worked.ring();
  for (let change = 0; change < 5; change++) {
    await clock.advance(2000);
    worked.ring();
  }
  await clock.advance(2900);
  assert.deepEqual(seen, { young: 6, all: 0 });
  await clock.advance(200);
  assert.deepEqual(seen, { young: 6, all: 1 });
  await clock.advance(60_000);
  assert.deepEqual(seen, { young: 6, all: 1 }, "nothing has changed since");
  stop.abort();
  await done;
});

test("V8's collector is found without a flag of node's", async () => {
  assert.equal(globalThis.gc, undefined);
  const clock = fakeClock();
  const worked = createWake(clock);
  const stop = new AbortController();
  const garbage = { held: { big: new Array(1000).fill("x") } as object | undefined };
  const gone = { garbage: false };
  const registry = new FinalizationRegistry(() => {
    gone.garbage = true;
  });
  registry.register(garbage.held as object, undefined);
  garbage.held = undefined;
  const done = tidyMemory(worked, { clock, signal: stop.signal });
  worked.ring();
  await clock.asleep();
  await clock.advance(3000);
  await until(() => gone.garbage);
  stop.abort();
  await done;
});

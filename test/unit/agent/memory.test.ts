import assert from "node:assert/strict";
import { test } from "node:test";
import { createWake } from "../../../agent/clock.ts";
import { tidyMemory } from "../../../agent/memory.ts";
import { fakeClock, until } from "./fake-clock.ts";

test("garbage is collected three seconds after work, once however much was done, and not before", async () => {
  const clock = fakeClock();
  const worked = createWake(clock);
  const stop = new AbortController();
  const seen = { collected: 0 };
  const findCollector = async () => () => {
    seen.collected += 1;
  };
  const done = tidyMemory(worked, { clock, signal: stop.signal, findCollector });
  worked.ring();
  await clock.advance(1000);
  worked.ring();
  await clock.advance(1900);
  assert.equal(seen.collected, 0);
  await clock.advance(200);
  assert.equal(seen.collected, 1);
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

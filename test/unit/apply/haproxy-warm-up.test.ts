import assert from "node:assert/strict";
import { test } from "node:test";
import { createWarmUp } from "../../../agent/apply/haproxy-warm-up.ts";
import { createLock } from "../../../agent/apply/lock.ts";
import { fakeClock, until } from "../agent/fake-clock.ts";

const one = { backend: "a.test", server: "server_1", weight: 50 };

/** Ramps of ten seconds, over a HAProxy that does as `state` says. */
async function warming(use: (parts: Awaited<ReturnType<typeof start>>) => Promise<void>): Promise<void> {
  const parts = await start();
  try {
    await use(parts);
  } finally {
    parts.stop.abort();
    await parts.ended;
  }
}

async function start() {
  const clock = fakeClock();
  const stop = new AbortController();
  const state = { sent: [] as string[], refused: "", down: false, full: 0, warmUpMs: 10_000 };
  const warmUp = createWarmUp({
    warmUpMs: () => state.warmUpMs,
    timeoutMs: () => 1000,
    clock,
    exclusive: createLock(),
    send: () => async (lines) => {
      state.sent.push(...lines);
      if (state.down) throw new Error("nobody listens");
      return lines.map(() => ({ ok: state.refused === "", text: state.refused }));
    },
    onFull: () => {
      state.full += 1;
    },
  });
  const ended = warmUp.run(stop.signal);
  const rest = async () => await until(() => clock.sleeping().length > 0);
  const pass = async (ms: number) => {
    await clock.advance(ms);
    await rest();
  };
  await rest();
  return { warmUp, state, clock, stop, ended, pass };
}

test("the weight of a new server rises step by step, and ends with that of the configuration", async () => {
  await warming(async ({ warmUp, state, pass }) => {
    warmUp.begin([one]);
    for (let step = 0; step <= 20; step += 1) await pass(500);
    assert.equal(state.sent[0], "set weight a.test/server_1 5");
    assert.ok(state.sent.includes("set weight a.test/server_1 27"), state.sent.join("\n"));
    assert.equal(state.sent.at(-1), "set weight a.test/server_1 100%");
    assert.equal(state.full, 1);
    const count = state.sent.length;
    await pass(100_000);
    assert.equal(state.sent.length, count, "then nothing is sent any more");
  });
});

test("one that an agent of before left on its way goes on from there, and gets all of it when its time is over", async () => {
  await warming(async ({ warmUp, state, pass }) => {
    warmUp.resume([
      { ...one, elapsedMs: 5000 },
      { ...one, server: "server_2", elapsedMs: 60_000 },
    ]);
    await pass(1);
    assert.deepEqual(state.sent.slice(0, 2), ["set weight a.test/server_1 27", "set weight a.test/server_2 100%"]);
  });
});

test("one that HAProxy does not know any more is let go", async () => {
  await warming(async ({ warmUp, state, pass }) => {
    warmUp.begin([one]);
    state.refused = "No such server.";
    await pass(500);
    const count = state.sent.length;
    await pass(20_000);
    assert.equal(state.sent.length, count);
  });
});

test("a HAProxy that does not answer gets the full weight once it does", async () => {
  await warming(async ({ warmUp, state, pass }) => {
    warmUp.begin([one]);
    state.down = true;
    for (let step = 0; step < 30; step += 1) await pass(500);
    assert.equal(state.full, 0);
    state.down = false;
    await pass(500);
    assert.deepEqual([state.sent.at(-1), state.full], ["set weight a.test/server_1 100%", 1]);
  });
});

test("warm_up_sec set to 0 ends it at once", async () => {
  await warming(async ({ warmUp, state, pass }) => {
    warmUp.begin([one]);
    await pass(500);
    state.warmUpMs = 0;
    await pass(500);
    assert.equal(state.sent.at(-1), "set weight a.test/server_1 100%");
  });
});

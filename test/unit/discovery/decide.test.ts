import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  beginPoll,
  type Decision,
  decide,
  type Fact,
  initialState,
  pauseAfter,
  type Question,
  type WatchState,
} from "../../../agent/discovery/decide.ts";
import { createFakeClock } from "./fake-clock.ts";

const resyncMs = 60_000;
const begin = (state: WatchState, now = 0, wanted?: "asked") => beginPoll(state, { now, resyncMs, wanted });
const summary = (lastSyncTime: number, eventsCount: Record<string, number> = {}): Fact => ({
  is: "summary",
  summary: { eventsCount, lastSyncTime },
});
const failed: Fact = { is: "failed", error: new Error("away") };

/** Goes through a poll with these answers; returns the questions, the last of them included. */
function poll(
  start: Decision,
  ...facts: readonly Fact[]
): { readonly asked: readonly Question[]; readonly state: WatchState } {
  const asked = [start.question];
  let { state } = start;
  for (const fact of facts) {
    const next = decide(state, fact);
    state = next.state;
    asked.push(next.question);
  }
  return { asked, state };
}

const leaderA: Fact = { is: "leader", endpoint: "a" };
const first = poll(begin(initialState), leaderA, summary(100), { is: "listed", at: 0 });
const known = first.state;

test("at first the leader is looked for, then its events, then its list", () => {
  assert.deepEqual(first.asked, [
    { ask: "leader" },
    { ask: "summary", endpoint: "a", lastSyncTime: 0, counts: "past" },
    { ask: "endpoints", endpoint: "a", reason: "new-leader", announced: 0 },
    { ask: "nothing" },
  ]);
});

test("while nothing happens only the summary is asked, from where the last one ended", () => {
  const { asked } = poll(begin(known, 2000), summary(100));
  assert.deepEqual(asked, [{ ask: "summary", endpoint: "a", lastSyncTime: 100, counts: "new" }, { ask: "nothing" }]);
});

test("events that change endpoints cause a list, and a second one in the poll after", () => {
  for (const type of ["APP_STATE_CHANGE", "INSTANCE_STATE_CHANGE", "LEADERSHIP_ACQUIRED"]) {
    const one = poll(begin(known), summary(200, { [type]: 3 }), { is: "listed", at: 2000 });
    assert.deepEqual(one.asked[1], { ask: "endpoints", endpoint: "a", reason: "events", announced: 3, eventAt: 200 });
    const two = poll(begin(one.state), summary(200), { is: "listed", at: 4000 });
    assert.deepEqual(two.asked[1], { ask: "endpoints", endpoint: "a", reason: "confirm", announced: 0, eventAt: 200 });
    assert.deepEqual(poll(begin(two.state), summary(200)).asked[1], { ask: "nothing" });
  }
});

test("other events cause nothing", () => {
  const { asked, state } = poll(begin(known), summary(200, { TASK_STATE_CHANGE: 9, EXECUTOR_ADDED: 1 }));
  assert.deepEqual(asked[1], { ask: "nothing" });
  assert.equal(state.lastSyncTime, 200);
});

test("the list is asked for at the resync interval, however many lists events have caused", () => {
  const busy = poll(begin(known, 59_000), summary(200, { APP_STATE_CHANGE: 1 }), { is: "listed", at: 59_000 });
  const { asked, state } = poll(begin(busy.state, 60_000), summary(200), { is: "listed", at: 60_000 });
  assert.deepEqual(asked[1], { ask: "endpoints", endpoint: "a", reason: "interval", announced: 0 });
  assert.deepEqual(poll(begin(state, 62_000), summary(200)).asked[1], { ask: "nothing" });
});

test("whoever asks gets the full list", () => {
  assert.deepEqual(poll(begin(known, 1, "asked"), summary(100)).asked[1], {
    ask: "endpoints",
    endpoint: "a",
    reason: "asked",
    announced: 0,
  });
});

test("a clock that went back is followed: all events again, then the list", () => {
  const { asked, state } = poll(begin(known), summary(40), summary(50), { is: "listed", at: 0 });
  assert.deepEqual(asked.slice(1), [
    { ask: "summary", endpoint: "a", lastSyncTime: 0, counts: "past" },
    { ask: "endpoints", endpoint: "a", reason: "clock-went-back", announced: 0 },
    { ask: "nothing" },
  ]);
  assert.equal(state.lastSyncTime, 50);
});

test("a leader that fails is looked for at once, and the new one's clock counts", () => {
  const { asked, state } = poll(begin(known), failed, { is: "leader", endpoint: "b" }, summary(7), {
    is: "listed",
    at: 0,
  });
  assert.deepEqual(asked.slice(1, 4), [
    { ask: "leader" },
    { ask: "summary", endpoint: "b", lastSyncTime: 0, counts: "past" },
    { ask: "endpoints", endpoint: "b", reason: "new-leader", announced: 0 },
  ]);
  assert.deepEqual([state.leader, state.lastSyncTime, state.failures], ["b", 7, 0]);
});

test("the same leader, found again, may have forgotten its events: the list is asked for too", () => {
  const { asked } = poll(begin(known), failed, leaderA, summary(0));
  assert.deepEqual(asked.at(-1), { ask: "endpoints", endpoint: "a", reason: "new-leader", announced: 0 });
});

test("a poll looks for the leader once", () => {
  const { asked, state } = poll(begin(known), failed, leaderA, failed);
  assert.deepEqual(asked.at(-1), { ask: "nothing" });
  assert.deepEqual([state.leader, state.failures], [undefined, 1]);
});

test("events whose list failed are not forgotten", () => {
  const one = poll(begin(known), summary(200, { APP_STATE_CHANGE: 1 }), failed, leaderA, summary(200), failed);
  assert.equal(one.state.failures, 1);
  const two = poll(begin(one.state), leaderA, summary(200));
  assert.equal(two.asked.at(-1)?.ask, "endpoints");
});

test("pauses: the interval while all is well, the startup delay at first, then a growing one up to 10 s or the interval", () => {
  const clock = createFakeClock();
  const pause = (state: Partial<WatchState>, intervalMs = 2000) =>
    pauseAfter({ ...known, ...state }, { intervalMs, resyncMs, startup: { tries: 3, delayMs: 1234 } }, clock);
  assert.equal(pause({}), 2000);
  assert.deepEqual(
    [1, 2, 3].map((failures) => pause({ resyncedAt: undefined, failures })),
    [1234, 1234, 1500],
  );
  assert.deepEqual(
    [1, 2, 3, 4, 9].map((failures) => pause({ failures })),
    [375, 750, 1500, 3000, 7500],
  );
  assert.equal(pause({ failures: 99 }, 30_000), 22_500);
  const early = pauseAfter(
    known,
    { intervalMs: 2000, resyncMs, startup: { tries: 1, delayMs: 0 } },
    { ...clock, random: () => 0 },
  );
  assert.equal(early, 1800);
});

test("whatever the answers, a poll ends, and ends with a list whenever one was due and nothing failed", () => {
  const fact = fc.oneof(
    fc.constant(failed),
    fc.record({ leader: fc.constantFrom("a", "b"), time: fc.nat(5), events: fc.nat(1) }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(fact, { minLength: 12, maxLength: 12 }), { maxLength: 8 }), (polls) => {
      let state: WatchState = initialState;
      for (const answers of polls) {
        let decision = begin(state);
        let failures = 0;
        let lists = 0;
        for (const answer of answers) {
          const { question } = decision;
          if (question.ask === "nothing") break;
          if ("is" in answer) failures += 1;
          else if (question.ask === "endpoints") lists += 1;
          decision = decide(decision.state, "is" in answer ? answer : answerTo(question, answer));
        }
        assert.equal(decision.question.ask, "nothing");
        if (failures === 0 && state.due !== undefined) assert.equal(lists, 1);
        if (lists > 0) assert.equal(decision.state.failures, 0);
        state = decision.state;
      }
    }),
  );
});

function answerTo(
  question: Question,
  { leader, time, events }: { leader: string; time: number; events: number },
): Fact {
  if (question.ask === "leader") return { is: "leader", endpoint: leader };
  if (question.ask === "endpoints") return { is: "listed", at: time };
  return summary(time, { APP_STATE_CHANGE: events });
}

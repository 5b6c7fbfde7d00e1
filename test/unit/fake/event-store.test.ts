import assert from "node:assert/strict";
import { test } from "node:test";
import { createEventStore } from "../../fake/event-store.ts";

test("an empty store echoes the time it was given", () => {
  assert.deepEqual(createEventStore().summarize(123), { eventsCount: {}, lastSyncTime: 123 });
});

test("events are counted by type, strictly later than the time given", () => {
  const store = createEventStore();
  store.record("APP_STATE_CHANGE", 10);
  store.record("INSTANCE_STATE_CHANGE", 11);
  store.record("INSTANCE_STATE_CHANGE", 12);
  assert.deepEqual(store.summarize(10), { eventsCount: { INSTANCE_STATE_CHANGE: 2 }, lastSyncTime: 12 });
  assert.deepEqual(store.summarize(12), { eventsCount: {}, lastSyncTime: 12 });
});

test("the second event of a millisecond already told is lost", () => {
  const store = createEventStore();
  store.record("APP_STATE_CHANGE", 10);
  const { lastSyncTime } = store.summarize(0);
  store.record("INSTANCE_STATE_CHANGE", 10);
  assert.deepEqual(store.summarize(lastSyncTime).eventsCount, {});
});

test("with a clock behind, the time told is the store's newest, earlier than the one asked about", () => {
  const store = createEventStore();
  store.record("APP_STATE_CHANGE", 40);
  store.record("APP_STATE_CHANGE", 30);
  assert.deepEqual(store.summarize(100), { eventsCount: {}, lastSyncTime: 40 });
});

test("retention drops what is older, a wipe drops all", () => {
  const store = createEventStore();
  store.record("APP_STATE_CHANGE", 10);
  store.record("INSTANCE_STATE_CHANGE", 20);
  store.forgetBefore(20);
  assert.deepEqual(store.summarize(0), { eventsCount: { INSTANCE_STATE_CHANGE: 1 }, lastSyncTime: 20 });
  store.wipe();
  assert.deepEqual(store.summarize(7), { eventsCount: {}, lastSyncTime: 7 });
});

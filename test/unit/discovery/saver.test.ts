import assert from "node:assert/strict";
import { test } from "node:test";
import { createSaver } from "../../../agent/discovery/saver.ts";
import type { NamespaceSnapshot } from "../../../agent/model.ts";
import { createFakeClock } from "./fake-clock.ts";
import { createRecorder } from "./recorder.ts";

function started() {
  const clock = createFakeClock(0);
  const recorder = createRecorder();
  const saved: string[] = [];
  const disk = { broken: false };
  const lastGood = {
    load: async () => undefined,
    async save({ namespace, fetchedAt }: NamespaceSnapshot) {
      if (disk.broken) throw new Error("disk full");
      saved.push(`${namespace} ${fetchedAt}`);
    },
  };
  const saver = createSaver({ lastGood, clock, log: recorder.log });
  return { clock, recorder, saved, disk, saver };
}

const snapshot = (fetchedAt: number, namespace = "blue"): NamespaceSnapshot => ({
  namespace,
  apps: [],
  leader: undefined,
  fetchedAt,
  source: "controller",
  notes: [],
});

test("a burst of changes is saved once, the newest, and not in the way of the first", async () => {
  const { clock, saved, saver } = started();
  for (const at of [1, 2, 3]) saver.changed(snapshot(at));
  saver.changed(snapshot(1, "green"));
  await clock.advance(900);
  assert.deepEqual(saved, []);
  await clock.advance(100);
  assert.deepEqual(saved, ["blue 3", "green 1"]);
  saver.changed(snapshot(4));
  await clock.advance(1000);
  assert.deepEqual(saved.at(-1), "blue 4");
});

test("a confirmation is saved only when minutes have gone by, or when the save before failed", async () => {
  const { clock, saved, saver, disk } = started();
  saver.changed(snapshot(0));
  await clock.advance(1000);
  saver.confirmed(snapshot(60_000));
  await clock.advance(1000);
  saver.confirmed(snapshot(300_000));
  await clock.advance(1000);
  assert.deepEqual(saved, ["blue 0", "blue 300000"]);
  disk.broken = true;
  saver.changed(snapshot(300_001));
  await clock.advance(1000);
  disk.broken = false;
  saver.confirmed(snapshot(300_002));
  await clock.advance(1000);
  assert.deepEqual(saved.at(-1), "blue 300002");
});

test("a disk that fails is logged once and shown until it works again", async () => {
  const { clock, saver, disk, recorder } = started();
  disk.broken = true;
  for (const at of [1, 2, 3]) {
    saver.changed(snapshot(at));
    await clock.advance(1000);
  }
  assert.deepEqual(saver.status(), { healthy: false, message: "disk full" });
  disk.broken = false;
  saver.changed(snapshot(4));
  await clock.advance(1000);
  assert.deepEqual(saver.status(), { healthy: true, message: "OK" });
  assert.deepEqual(recorder.takeLines(), ["warn state is not saved", "info state is saved again"]);
});

test("flush saves at once what is waiting", async () => {
  const { saver, saved } = started();
  saver.changed(snapshot(1));
  await saver.flush();
  assert.deepEqual(saved, ["blue 1"]);
});

test("one namespace that cannot be saved stays a problem while others are saved, until it is gone", async () => {
  const clock = createFakeClock(0);
  const recorder = createRecorder();
  const lastGood = {
    load: async () => undefined,
    async save({ namespace }: NamespaceSnapshot) {
      if (namespace === "blue") throw new Error("no room for blue");
    },
  };
  const saver = createSaver({ lastGood, clock, log: recorder.log });
  for (const namespace of ["blue", "green"]) saver.changed(snapshot(1, namespace));
  await clock.advance(1000);
  assert.deepEqual(saver.status(), { healthy: false, message: "no room for blue" });
  saver.changed(snapshot(2, "blue"));
  saver.forget("blue");
  await clock.advance(1000);
  assert.deepEqual(saver.status(), { healthy: true, message: "OK" });
});

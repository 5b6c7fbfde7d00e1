import assert from "node:assert/strict";
import { test } from "node:test";
import { createRecorder } from "../../../agent/recorder.ts";
import type { NewEntry } from "../../../agent/records/history-entry.ts";
import { cycleOf, planOf } from "../insight/cycles.ts";
import { fakeClock } from "./fake-clock.ts";

const report = { generation: "g", proof: "generation", tookMs: { check: 0, reload: 0 }, failed: [] } as const;

function recording() {
  const clock = fakeClock();
  const entries: NewEntry[] = [];
  const texts: string[] = [];
  const history = {
    add(entry: NewEntry, content: { readonly file: { readonly text: string } }) {
      entries.push(entry);
      texts.push(content.file.text);
    },
    list: async () => [],
    read: async () => undefined,
    flush: async () => undefined,
  };
  return { clock, entries, texts, record: createRecorder(history, clock) };
}

test("what was applied is kept, what had nothing to do or only waits is not", () => {
  const { record, entries } = recording();
  record(cycleOf({ plan: planOf("new"), report }));
  record(cycleOf({ plan: planOf("new", { kind: "none" }) }));
  record(cycleOf({ waiting: planOf("new") }));
  assert.deepEqual(
    entries.map(({ kind, outcome, vhosts, proof }) => [kind, outcome, vhosts, proof]),
    [["reload", "applied", 2, "generation"]],
  );
});

test("what is refused is kept once, however often it is tried, and without what URLs hide", () => {
  const { record, entries } = recording();
  const error = new Error("cannot ask http://user:pass@d.test/");
  for (const _ of [1, 2, 3]) record(cycleOf({ plan: planOf("bad"), error }));
  assert.deepEqual(
    entries.map((one) => one.error),
    ["cannot ask http://[redacted]@d.test/"],
  );
  record(cycleOf({ plan: planOf("good"), report }));
  record(cycleOf({ plan: planOf("bad"), error }));
  assert.equal(entries.length, 3);
});

test("of changes without a reload the newest of each minute is kept", async () => {
  const { record, texts, clock } = recording();
  const runtime = (text: string) => cycleOf({ plan: planOf(text, { kind: "runtime" }), report });
  for (const text of ["1", "2", "3"]) record(runtime(text));
  assert.deepEqual(texts, ["1"]);
  await clock.advance(60_000);
  record(cycleOf({ plan: planOf("3", { kind: "none" }) }));
  assert.deepEqual(texts, ["1", "3"]);
  record(cycleOf({ plan: planOf("3", { kind: "none" }) }));
  assert.deepEqual(texts, ["1", "3"]);
});

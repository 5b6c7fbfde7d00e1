import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cycle } from "../../../agent/agent.ts";
import { createWake } from "../../../agent/clock.ts";
import { AgentError } from "../../../agent/errors.ts";
import { createFreezer } from "../../../agent/freezer.ts";
import { createHold } from "../../../agent/hold.ts";
import type { HistoryContent, HistoryEntry } from "../../../agent/records/history-entry.ts";
import { createRollback } from "../../../agent/rollback.ts";
import { fileOf, stateOf, vhostOf } from "../plan/fixtures.ts";
import { recordingLogger } from "../status/fixtures.ts";
import { fakeClock, until } from "./fake-clock.ts";

const path = fileOf("").path;

/** A rollback to the only entry of a history, whose file says this. */
function rollingBack(text: string) {
  const clock = fakeClock();
  const wake = createWake(clock);
  const hold = createHold(clock, { maxMs: () => 1000, onOverdue: () => undefined });
  const recorded = async () => fileOf(text);
  const freezer = createFreezer({ hold, file: undefined, recorded, wake, clock, log: recordingLogger() });
  const content: HistoryContent = { file: { ...fileOf(text), path }, addresses: [], snapshots: [] };
  const entry = { id: 7, outcome: "applied", content } as unknown as HistoryEntry & { content: HistoryContent };
  const history = { read: async (id: number) => (id === 7 ? entry : undefined) };
  const rollback = createRollback({
    history,
    freezer,
    hold,
    clock,
    wake,
    forbidden: () => undefined,
    path: () => path,
  });
  /** Rolls back; the loop's next cycle ends like this. */
  const to = async (outcome: Partial<Cycle>) => {
    const result = rollback.to({ generation: 7, reason: "" });
    await until(() => hold.frozen()?.rollback !== undefined);
    const held = hold.held();
    rollback.onCycle({ tookMs: 1, nextInMs: 1, ...(held && { held }), ...outcome });
    return await result;
  };
  return { hold, freezer, to };
}

const builtOf = (...names: readonly string[]) => ({
  value: stateOf(names.map((name) => vhostOf(name))),
  notes: [],
  counts: [],
});

test("a rollback names the vhosts of now that the file of then has not, as whole words", async () => {
  const { to } = rollingBack("server_name my-shop.test; server_name cart.test;\n.a.test gw");
  const built = builtOf("shop.test", "cart.test", "my-shop.test", "*.a.test", "*.b.test");
  assert.deepEqual(await to({ built }), { outcome: "applied", generation: 7, missing: ["shop.test", "*.b.test"] });
});

test("a rollback that the proxy refuses is taken back, to the freeze of before", async () => {
  const { to, hold, freezer } = rollingBack("x");
  const error = new AgentError("proxy-refused-config", "no certificate");
  assert.deepEqual(await to({ error }), {
    outcome: "refused",
    message: "the proxy goes on with what it had: no certificate",
  });
  assert.equal(hold.frozen(), undefined);
  await freezer.freeze({ forMs: undefined, reason: "inventory" });
  hold.begin();
  const refused = to({
    error,
    held: { by: "freeze", since: 0, until: undefined, reason: "", rollback: { generation: 7, file: fileOf("x") } },
  });
  assert.equal((await refused).outcome, "refused");
  assert.equal(hold.frozen()?.reason, "inventory");
});

test("a rollback that the last good template's cycle has carried out is done, whatever the newest template says", async () => {
  const { to, hold } = rollingBack("a.test");
  const error = new AgentError("template-invalid", "no");
  const result = await to({ error, fallback: { built: builtOf("a.test") } });
  assert.deepEqual(result, { outcome: "applied", generation: 7, missing: [] });
  assert.ok(hold.frozen());
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Reply } from "../../../agent/apply/haproxy-cli.ts";
import { runSteps } from "../../../agent/apply/haproxy-steps.ts";
import type { Step } from "../../../agent/model.ts";
import { serverOf } from "../plan/haproxy.ts";

const add = (host: string): Step => ({ kind: "add", backend: "a.test", server: serverOf(host) });
const remove = (host: string): Step => ({ kind: "remove", backend: "a.test", server: serverOf(host) });

/** Runs steps against a HAProxy that refuses the lines that begin so. */
async function run(steps: readonly Step[], refused: Readonly<Record<string, string>> = {}) {
  const calls: string[] = [];
  const say = async (lines: readonly string[]): Promise<readonly Reply[]> =>
    lines.map((line) => {
      const [, text] = Object.entries(refused).find(([start]) => line.startsWith(start)) ?? [];
      return { ok: text === undefined, text: text ?? "" };
    });
  const called = ({ operation, ok }: { readonly operation: string; readonly ok: boolean }) =>
    calls.push(`${operation} ${ok ? "ok" : "failed"}`);
  const { failed, leaving } = await runSteps([steps], { say, called, warmsUp: true });
  return {
    failed: failed.map(({ step, message }) => `${step.kind} ${step.server.name}: ${message}`),
    leaving: leaving.map(({ server }) => server.name),
    calls,
  };
}

describe("what became of steps", () => {
  test("all well: each call is counted under its operation", async () => {
    const { failed, leaving, calls } = await run([add("10.0.0.1"), remove("10.0.0.2")]);
    assert.deepEqual([failed, leaving], [[], []]);
    assert.deepEqual(calls, ["add ok", "health ok", "ready ok", "maintenance ok", "delete ok"]);
  });

  test("one member that is refused is told alone, with HAProxy's first words about it", async () => {
    const steps = [add("10.0.0.1"), add("10.0.0.2")];
    const { failed, calls } = await run(steps, {
      "add server a.test/server_10.0.0.1": "unknown keyword 'chekc'.",
      "enable health a.test/server_10.0.0.1": "No such server.",
      "set server a.test/server_10.0.0.1": "No such server.",
    });
    assert.deepEqual(failed, ["add server_10.0.0.1_80: unknown keyword 'chekc'."]);
    assert.deepEqual(calls.slice(3), ["add ok", "health ok", "ready ok"]);
  });

  test("of a hundred thousand servers are no more than the stack holds", async () => {
    const steps = Array.from({ length: 60_000 }, () => add("10.0.0.1"));
    const { failed, calls } = await run(steps);
    assert.deepEqual([failed, calls.length], [[], 180_000]);
  });

  test("a member with requests in flight is leaving, which is no failure", async () => {
    const busy = { "del server": "Server still has connections attached to it, cannot remove it." };
    const { failed, leaving } = await run([remove("10.0.0.1")], busy);
    assert.deepEqual([failed, leaving], [[], ["server_10.0.0.1_80"]]);
  });

  test("a member that is gone already is what was wanted", async () => {
    const gone = { "set server": "No such server.", "del server": "No such server." };
    assert.deepEqual((await run([remove("10.0.0.1")], gone)).failed, []);
  });

  test("a member that cannot be removed at all is told", async () => {
    const pinned = { "del server": "This server cannot be removed at runtime due to other configuration elements" };
    assert.equal((await run([remove("10.0.0.1")], pinned)).failed.length, 1);
  });

  test("a batch is sent before the next is asked for, and none waits for an answer", async () => {
    const events: string[] = [];
    const gate = Promise.withResolvers<void>();
    function* batches() {
      for (const host of ["10.0.0.1", "10.0.0.2"]) {
        events.push(`planned ${host}`);
        yield [add(host)];
      }
    }
    const say = async (lines: readonly string[]) => {
      events.push(`sent ${lines[0]?.split(" ")[3]}`);
      await gate.promise;
      return lines.map(() => ({ ok: false, text: `${lines[0]?.split(" ")[3]} refused` }));
    };
    const running = runSteps(batches(), { say, called: () => undefined });
    assert.deepEqual(events, ["planned 10.0.0.1", "sent 10.0.0.1:80", "planned 10.0.0.2", "sent 10.0.0.2:80"]);
    gate.resolve();
    assert.deepEqual(
      (await running).failed.map(({ message }) => message),
      ["10.0.0.1:80 refused", "10.0.0.2:80 refused"],
    );
  });

  test("answers that are missing are failures", async () => {
    const results = await runSteps([[add("10.0.0.1")]], { say: async () => [], called: () => undefined });
    assert.equal(results.failed[0]?.message, "no answer");
  });
});

test("a member that takes no weight at run time has its full weight at once, which is no failure", async () => {
  const step = { ...add("10.0.0.1"), joins: true } as Step;
  const weighed = { ...step, server: serverOf("10.0.0.1", { attributes: "weight 100" }) } as Step;
  const { failed, calls } = await run([weighed], { "set weight": "Backend is using a static LB algorithm" });
  assert.deepEqual([failed, calls], [[], ["add ok", "weight failed", "ready ok"]]);
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Cycle } from "../../../agent/agent.ts";
import { AgentError, type Facts } from "../../../agent/errors.ts";
import type { Logger } from "../../../agent/log.ts";
import type { Note, Plan } from "../../../agent/model.ts";
import { createReporter } from "../../../agent/report.ts";
import { createRefreshReporter } from "../../../agent/report-refresh.ts";
import { createBoardHolder } from "../../../agent/status/board.ts";
import { createMetrics } from "../../../agent/status/metrics.ts";
import { fileOf, runningWith, stateOf } from "../plan/fixtures.ts";
import { newBoard } from "../status/fixtures.ts";
import { fakeClock } from "./fake-clock.ts";

/** A logger that keeps its lines as `level message {facts}`. */
function keepingLog() {
  const lines: string[] = [];
  const facts: Facts[] = [];
  const at =
    (level: string) =>
    (message: string, given: Facts = {}) => {
      lines.push(`${level} ${message}`);
      facts.push(given);
    };
  const log: Logger = {
    trace: at("trace"),
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    setLevel: () => undefined,
  };
  return { log, lines, facts };
}

function reporting() {
  const kept = keepingLog();
  const board = createBoardHolder(newBoard());
  const proofs = { count: 0 };
  const onFirstProof = () => {
    proofs.count += 1;
  };
  const report = createReporter({ board, metrics: createMetrics(), log: kept.log, clock: fakeClock(), onFirstProof });
  return { ...kept, board, proofs, report };
}

const reload: Plan = {
  kind: "reload",
  file: fileOf("new"),
  reasons: [{ code: "vhost-added", subjects: ["a.test"], count: 1 }],
  steps: [],
  check: "needed",
  writes: true,
  missingBackends: [],
};

function cycleOf(changes: Partial<Cycle> = {}): Cycle {
  const built = { value: stateOf([]), notes: [], counts: [] };
  return {
    tookMs: 12.4,
    nextInMs: 30_000,
    running: runningWith("old"),
    plan: { ...reload, kind: "none", reasons: [] },
    built,
    ...changes,
  };
}

const applied = cycleOf({
  plan: reload,
  report: { generation: "g", proof: "generation", tookMs: { check: 3, reload: 4 }, failed: [] },
  snapshots: [{ namespace: "a", apps: [], leader: undefined, fetchedAt: 999_000, source: "controller", notes: [] }],
});

const noteOf = (subject: string): Note => ({
  code: "vhost-refused",
  subject,
  message: `${subject} is refused`,
  namespace: "a",
});
const withNotes = (...subjects: readonly string[]) =>
  cycleOf({ built: { value: stateOf([]), notes: subjects.map(noteOf), counts: [] } });

describe("a cycle", () => {
  test("without a change is not worth a line", () => {
    const { report, lines } = reporting();
    report(cycleOf());
    report(cycleOf());
    assert.deepEqual(lines, []);
  });

  test("that applied something is one line with reasons and times", () => {
    const { report, lines, facts } = reporting();
    report(applied);
    assert.deepEqual(lines, ["info applied"]);
    assert.deepEqual(facts[0], {
      plan: "reload",
      reasons: "vhost-added a.test",
      generation: "g",
      proof: "generation",
      vhosts: 0,
      check_ms: 3,
      reload_ms: 4,
      total_ms: 12,
      since_answer_ms: 1000,
    });
  });

  test("that proves what the proxy serves is told to the supervisor, once", () => {
    const { report, proofs } = reporting();
    report(cycleOf({ running: runningWith("x", { running: false }) }));
    report(cycleOf({ error: new Error("no") }));
    assert.equal(proofs.count, 0);
    report(applied);
    report(applied);
    report(cycleOf());
    assert.equal(proofs.count, 1);
  });
});

describe("an error", () => {
  const refused = (reason: string) =>
    cycleOf({ plan: reload, error: new AgentError("proxy-refused-config", reason), nextInMs: 1500.7 });

  test("is told once however often it comes back, and when it is over", () => {
    const { report, lines, facts } = reporting();
    for (let count = 0; count < 5; count += 1) report(refused("no"));
    assert.deepEqual(lines, ["error not applied"]);
    assert.deepEqual(facts[0], { code: "proxy-refused-config", error: "no", retry_in_ms: 1501 });
    report(cycleOf());
    report(cycleOf());
    assert.deepEqual(lines.slice(1), ["info in step again"]);
  });

  test("of another kind is told, and so is the same one later", () => {
    const { report, lines } = reporting();
    for (const cycle of [refused("one"), refused("two"), refused("two"), cycleOf(), refused("two")]) report(cycle);
    const told = lines.filter((line) => line === "error not applied");
    assert.equal(told.length, 3);
  });
});

describe("notes", () => {
  test("are told once, and again after they were gone", () => {
    const { report, lines, facts } = reporting();
    for (const cycle of [
      withNotes("A-1"),
      withNotes("A-1"),
      withNotes("A-1", "B-1"),
      withNotes("B-1"),
      withNotes("A-1", "B-1"),
    ])
      report(cycle);
    assert.deepEqual(lines, ["warn A-1 is refused", "warn B-1 is refused", "warn A-1 is refused"]);
    assert.deepEqual(facts[0], { code: "vhost-refused", namespace: "a", app: "A-1" });
  });

  test("of a cluster full of bad apps are cut", () => {
    const { report, lines, facts } = reporting();
    report(withNotes(...Array.from({ length: 500 }, (_, index) => `BAD-${index}`)));
    assert.equal(lines.length, 21);
    assert.deepEqual([lines.at(-1), facts.at(-1)], ["warn more of the kind, see /v1/config", { count: 480 }]);
  });

  test("tell of names that do not resolve, and what was done about it", () => {
    const { report, lines } = reporting();
    const unresolved = [
      { host: "a.test", reason: "ENOTFOUND", kept: undefined },
      { host: "b.test", reason: "SERVFAIL", kept: "10.0.0.1" },
    ];
    report(cycleOf({ resolution: { addresses: new Map(), fingerprint: "", unresolved } }));
    assert.deepEqual(lines, [
      "warn ENOTFOUND; its instances are left out",
      "warn SERVFAIL; its last address 10.0.0.1 stays",
    ]);
  });
});

describe("while changes wait", () => {
  const refused = cycleOf({ error: new AgentError("proxy-refused-config", "no") });
  const freeze = { by: "freeze", since: 0, until: undefined, reason: "" } as const;

  test("nothing that was wrong is well by itself", () => {
    const { report, board } = reporting();
    report(refused);
    report(cycleOf({ held: freeze, waiting: reload }));
    assert.equal(board.read().verdicts.check.healthy, false);
    report(cycleOf());
    assert.equal(board.read().verdicts.check.healthy, true);
  });

  test("what was rendered and checked is well", () => {
    const { report, board } = reporting();
    report(cycleOf({ error: new AgentError("template-invalid", "no") }));
    report(refused);
    const made = { file: fileOf("new"), backends: [], notes: [], shapeOf: () => assert.fail("nobody asks") };
    const delay = { by: "old-workers", since: 0, until: 1, oldGenerations: 2, maxOldGenerations: 1 } as const;
    const { plan: _, ...unplanned } = cycleOf({ held: delay, waiting: reload, made });
    report(unplanned);
    const { check, rendering } = board.read().verdicts;
    assert.deepEqual([check.healthy, rendering.healthy], [true, true]);
  });
});

test("changes without a reload that failed are no fault any more where they are not in use", () => {
  const { report, board } = reporting();
  const runtimeFailure = "the socket does not answer";
  report(cycleOf({ running: { ...runningWith("old"), runtimeFailure } }));
  assert.equal(board.read().verdicts.upstreamUpdates.healthy, false);
  report(cycleOf());
  const { healthy, message } = board.read().verdicts.upstreamUpdates;
  assert.deepEqual([healthy, message], [true, "not in use"]);
});

describe("an edit", () => {
  const fine = { configError: undefined, templateError: undefined, notes: [], changed: [], templateChanged: false };
  const refreshing = () => {
    const kept = keepingLog();
    const report = createRefreshReporter({ board: createBoardHolder(newBoard()), log: kept.log, clock: fakeClock() });
    return { ...kept, report };
  };

  test("that is bad is told once, and when it is mended", () => {
    const { report, lines, facts } = refreshing();
    const templateError = new AgentError("template-invalid", "/t/x.eta:3: no");
    for (const one of [fine, { ...fine, templateError }, { ...fine, templateError }, fine, fine]) report(one);
    assert.deepEqual(lines, [
      "error the template cannot be used, the last good one stays",
      "info the template is good again",
    ]);
    assert.deepEqual(facts[0], { code: "template-invalid", error: "/t/x.eta:3: no" });
  });

  test("of the configuration names the keys that count, and warns once", () => {
    const { report, lines, facts } = refreshing();
    const note: Note = { code: "restart-needed", subject: "port", message: "port has changed" };
    report({ ...fine, changed: ["proxy_port"], notes: [note] });
    report({ ...fine, notes: [note] });
    report({ ...fine, configError: new AgentError("config-invalid", "no") });
    report({ ...fine, notes: [note] });
    assert.deepEqual(lines, [
      "info the configuration has changed",
      "warn port has changed",
      "error the config cannot be used, the last good one stays",
      "info the config is good again",
    ]);
    assert.deepEqual(facts[0], { keys: ["proxy_port"] });
  });
});

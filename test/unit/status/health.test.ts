import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Concern,
  withConfigNotes,
  withDesired,
  withFailure,
  withHeld,
  withNamespaces,
  withOldWorkers,
  withQuarantined,
  withSuccess,
} from "../../../agent/status/board.ts";
import { healthReport } from "../../../agent/status/health.ts";
import { desired, newBoard, served, startedAt } from "./fixtures.ts";

const healthyBoard = () =>
  withSuccess(withNamespaces(newBoard(), [served("alpha")]), { concern: "reload", at: startedAt });

test("has the keys of the contract, in order, and 200 when all is well", () => {
  const { status, body } = healthReport(healthyBoard());
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body), [
    "Config",
    "Template",
    "UpstreamUpdatesViaAPI",
    "ServerStateFileUpdate",
    "DiskIO",
    "ResolverHealth",
    "ProxyControlPlane",
    "DataManagerState",
    "NamespaceHealth",
    "NamespaceEndpoints",
    "Quarantine",
    "Notes",
    "OldWorkers",
    "DelayedReload",
    "HeldAnswers",
    "ChangesHeld",
  ]);
  assert.deepEqual(body["Config"], { Healthy: true, Message: "OK" });
  assert.deepEqual(body["DataManagerState"], {
    UsingFreshDroveState: true,
    Message: "OK",
    LastUpdated: "2026-01-02T03:04:06.000Z",
  });
  assert.deepEqual(body["NamespaceHealth"], { alpha: { Namespace: "alpha", Healthy: true, Message: "OK" } });
  assert.deepEqual(body["NamespaceEndpoints"], {
    alpha: [
      { Namespace: "alpha", Endpoint: "https://one.test:8080", Healthy: false, Message: "connection refused" },
      { Namespace: "alpha", Endpoint: "https://two.test:8080", Healthy: true, Message: "OK" },
    ],
  });
});

const keyOf: Readonly<Record<Concern, string>> = {
  config: "Config",
  check: "Config",
  reload: "Config",
  template: "Template",
  rendering: "Template",
  upstreamUpdates: "UpstreamUpdatesViaAPI",
  serverState: "ServerStateFileUpdate",
  diskIO: "DiskIO",
  resolver: "ResolverHealth",
  controlPlane: "ProxyControlPlane",
};

for (const [concern, key] of Object.entries(keyOf)) {
  test(`is 500 and says why when ${concern} is unwell`, () => {
    const board = withFailure(healthyBoard(), { concern: concern as Concern, at: 1, message: "broken" });
    const { status, body } = healthReport(board);
    assert.equal(status, 500);
    assert.deepEqual(body[key], { Healthy: false, Message: "broken" });
  });
}

test("Config tells everything that is wrong on the way to the proxy", () => {
  const config = withFailure(healthyBoard(), { concern: "config", at: 1, message: "bad TOML" });
  const both = withFailure(config, { concern: "reload", at: 1, message: "no proof" });
  assert.deepEqual(healthReport(both).body["Config"], { Healthy: false, Message: "bad TOML; no proof" });
});

test("Template is unwell while its files are bad, however well the last good ones are rendered", () => {
  const bad = withFailure(healthyBoard(), { concern: "template", at: 1, message: "x.eta:3: no" });
  const rendered = withSuccess(bad, { concern: "rendering", at: 2 });
  assert.deepEqual(healthReport(rendered).body["Template"], { Healthy: false, Message: "x.eta:3: no" });
  const both = withFailure(bad, { concern: "rendering", at: 2, message: "x.eta:1: nor that" });
  assert.deepEqual(healthReport(both).body["Template"], { Healthy: false, Message: "x.eta:3: no; x.eta:1: nor that" });
});

test("is 500 when a namespace is unhealthy, and before one was heard of", () => {
  const down = withNamespaces(healthyBoard(), [served("alpha", { healthy: false, message: "no leader" })]);
  assert.equal(healthReport(down).status, 500);
  assert.equal(healthReport(newBoard()).status, 500);
});

test("data from disk is said to be stale, which namespace and since when, and is no fault by itself", () => {
  const stale = served("beta", { source: "disk", fetchedAt: startedAt - 60_000 });
  const none = served("gamma", { source: "none", fetchedAt: undefined });
  const { status, body } = healthReport(withNamespaces(healthyBoard(), [served("alpha"), stale, none]));
  assert.equal(status, 200);
  assert.deepEqual(body["DataManagerState"], {
    UsingFreshDroveState: false,
    Message:
      "namespace beta is served from disk, stale since 2026-01-02T03:03:05.000Z; namespace gamma has no data yet",
    LastUpdated: "2026-01-02T03:03:05.000Z",
  });
});

test("LastUpdated is always a time, as Go prints one that was never set", () => {
  assert.deepEqual(healthReport(newBoard()).body["DataManagerState"], {
    UsingFreshDroveState: false,
    Message: "namespace alpha has no data yet",
    LastUpdated: "0001-01-01T00:00:00Z",
  });
});

test("refused apps and old workers are told and change nothing", () => {
  const note = { code: "vhost-refused", subject: "APP-1", message: "bad", namespace: "alpha" } as const;
  const built = withDesired(healthyBoard(), { value: desired([]), notes: [note, note], counts: [] });
  const key = { code: "config-unknown-key", subject: "colour", message: "unknown" } as const;
  const { status, body } = healthReport(
    withOldWorkers(withConfigNotes(built, [key]), { oldWorkers: 4, delay: undefined }),
  );
  assert.deepEqual([status, body["Notes"], body["OldWorkers"], body["DelayedReload"]], [200, 3, 4, {}]);
});

test("a reload that waits for old workers is told, and changes nothing", () => {
  const times = { since: Date.UTC(2026, 0, 2, 3, 4), until: Date.UTC(2026, 0, 2, 3, 5) };
  const delay = { by: "old-workers", ...times, oldGenerations: 11, maxOldGenerations: 10 } as const;
  const { status, body } = healthReport(withOldWorkers(healthyBoard(), { oldWorkers: 22, oldGenerations: 11, delay }));
  assert.equal(status, 200);
  assert.deepEqual(body["DelayedReload"], {
    Since: "2026-01-02T03:04:00.000Z",
    Until: "2026-01-02T03:05:00.000Z",
    Message: "a reload waits: workers of 11 earlier generations still finish requests, and max_old_workers is 10",
  });
});

test("who has changes wait is told, and nothing is unhealthy for it", () => {
  assert.equal(healthReport(healthyBoard()).body["ChangesHeld"], null);
  const { status, body } = healthReport(withHeld(healthyBoard(), { by: "rollback", since: startedAt }));
  assert.deepEqual([status, body["ChangesHeld"]], [200, { By: "rollback", Since: "2026-01-02T03:04:05.000Z" }]);
});

test("a namespace may have any name, and a message any length", () => {
  const odd = served("__proto__", { message: "x".repeat(100_000) });
  const { body } = healthReport(withNamespaces(healthyBoard(), [odd]));
  const text = JSON.stringify(body);
  assert.ok(text.includes('"__proto__":{"Namespace":"__proto__"'));
  assert.ok(text.length < 3000);
});

test("apps in quarantine are told by name, and change nothing", () => {
  const one = {
    namespace: "alpha",
    vhost: "a.test",
    since: 0,
    serves: "nothing",
    reason: "no: https://u:p@x/",
  } as const;
  const many = Array.from({ length: 7 }, (_, at) => ({ ...one, appId: `app-${at}` }));
  const { status, body } = healthReport(withQuarantined(healthyBoard(), many));
  const names = many.slice(0, 5).map(({ appId }) => `alpha/${appId}`);
  const Message = `the proxy refuses ${names.join(", ")} and 2 more: no: https://[redacted]@x/`;
  assert.deepEqual([status, body["Quarantine"]], [200, { Apps: 7, Message }]);
  assert.deepEqual(healthReport(healthyBoard()).body["Quarantine"], { Apps: 0, Message: "OK" });
});

const heldAnswer = (names: readonly string[]) => ({
  since: startedAt + 2000,
  polls: 2,
  vhosts: { lost: names.length, of: 20 },
  members: { lost: 30, of: 40 },
  names,
});

test("a held answer is told, and how to accept it, but makes nothing unhealthy", () => {
  const names = Array.from({ length: 12 }, (_, index) => `v${index}.test`);
  const board = withNamespaces(healthyBoard(), [served("alpha"), served("beta", { held: heldAnswer(names) })]);
  const { status, body } = healthReport(board);
  assert.equal(status, 200);
  assert.deepEqual(body["HeldAnswers"], {
    beta: {
      Since: "2026-01-02T03:04:07.000Z",
      Polls: 2,
      Message:
        "the newest answer lacks 30 of 40 instances; 12 of 20 vhosts keep theirs until it is confirmed, or accepted by: drove-gateway accept beta",
      Vhosts: names.slice(0, 10),
    },
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { printable } from "../../../agent/cli/paint.ts";
import { diffText, heldText, type PlanAnswer, planText } from "../../../agent/cli/plan-text.ts";

const options = { paint: (_: string, text: string) => text, now: Date.UTC(2026, 0, 2, 3, 4, 5) };
const plan = {
  kind: "reload",
  reasons: [{ code: "vhost-added", subjects: ["b.test"], count: 1 }],
  steps: [],
  stepCount: 0,
  check: "needed",
  missingBackends: [],
  file: "/etc/x.conf",
  generation: "g",
} as const;

test("what waits is told with its reasons, and vhost by vhost", () => {
  const answer: PlanAnswer = {
    state: "waiting",
    held: { by: "freeze", since: "2026-01-02T03:00:00.000Z", until: "2026-01-02T04:04:05.000Z", reason: "inventory" },
    plan,
    changes: {
      added: [{ vhost: "b.test", members: ["http://10.0.0.1:80", "http://10.0.0.2:80"] }],
      removed: [{ vhost: "c.test", members: ["http://10.0.0.1:81"] }],
      changed: [{ vhost: "a.test", added: ["http://10.0.0.3:80"], removed: ["http://10.0.0.4:80"], others: ["tags"] }],
    },
  };
  assert.equal(
    planText(answer, options),
    `frozen since 2026-01-02T03:00:00.000Z, until 2026-01-02T04:04:05.000Z (1 h left): inventory
waits: reload the proxy, because vhost-added b.test
  + b.test  2 instances
  - c.test  1 instance
  ~ a.test  tags
      + http://10.0.0.3:80
      - http://10.0.0.4:80
`,
  );
});

test("what fails is told with its error", () => {
  const answer: PlanAnswer = { state: "failing", error: "nginx says no", plan: { ...plan, missingBackends: ["b"] } };
  assert.equal(
    planText(answer, options),
    "not applied, tried again by itself: nginx says no\nwaits: reload the proxy, because vhost-added b.test\nthe proxy has no backend b\n",
  );
});

test("a gateway in step has one line", () => {
  assert.equal(planText({ state: "in-step" }, options), "in step: nothing waits\n");
  const held = { by: "proxy-restart", since: "2026-01-02T03:00:00.000Z" } as const;
  assert.match(planText({ state: "in-step", held }, options), /^held since .*SIGUSR2 ends it\nnothing waits\n$/);
  assert.match(heldText({ by: "freeze", since: "then" }, 0), /^frozen since then, until thawed$/);
  const times = { since: "2026-01-02T03:00:00.000Z", until: "2026-01-02T03:01:00.000Z" };
  assert.equal(
    heldText({ by: "old-workers", ...times, oldGenerations: 11, maxOldGenerations: 10 }, Date.parse(times.since)),
    "reloads wait since 2026-01-02T03:00:00.000Z, at most until 2026-01-02T03:01:00.000Z (1 min left): " +
      "workers of 11 earlier generations still finish requests, and max_old_workers is 10",
  );
});

test("of many changes only some are listed", () => {
  const added = Array.from({ length: 25 }, (_, index) => ({ vhost: `v${index}.test`, members: [] }));
  const lines = planText({ state: "waiting", plan, changes: { added, removed: [], changed: [] } }, options).split("\n");
  assert.deepEqual([lines.length, lines.at(-2)], [23, "    and 5 more, see --json"]);
});

test("a diff is painted line by line, its names as names", () => {
  const painted: string[] = [];
  const paint = (style: string, text: string) => {
    painted.push(`${style} ${text}`);
    return text;
  };
  const diff = "--- a\n+++ b\n@@ -1 +1 @@\n same\n-- old\n++ new\n";
  assert.equal(diffText(diff, paint), diff);
  assert.deepEqual(painted, ["bold --- a", "bold +++ b", "cyan @@ -1 +1 @@", "red -- old", "green ++ new"]);
  assert.equal(diffText("", paint), "");
});

test("what would command a terminal is taken out of the text of others", () => {
  assert.equal(printable("a\u001b[31mb\u0007\tc\n\u009b"), "a\u{fffd}[31mb\u{fffd}\tc\n\u{fffd}");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { withDesired, withNamespaces } from "../../../agent/status/board.ts";
import { knownState } from "../../../agent/status/known-state.ts";
import { withoutUrlSecrets, withoutUserInfo } from "../../../agent/status/redact.ts";
import { config, desired, member, newBoard, served, vhost } from "./fixtures.ts";

const board = withNamespaces(
  withDesired(newBoard(), {
    value: desired([vhost("a.test", [member("10.0.0.1", 31_000), member("fd00::1", 31_001)])]),
    notes: [{ code: "vhost-refused", subject: "BAD-1", message: "no host name", namespace: "alpha" }],
    counts: [],
  }),
  [served("alpha")],
);

test("shows apps, one line per member, notes and namespaces", () => {
  const state = knownState(board, config());
  const [first] = state["vhosts"] as { members: unknown }[];
  assert.deepEqual(first?.members, ["http://10.0.0.1:31000", "http://[fd00::1]:31001"]);
  const text = JSON.stringify(state);
  for (const part of ["BAD-1", "https://two.test:8080", '"version":"1.2.3"', "2026-01-02T03:04:06.000Z"]) {
    assert.ok(text.includes(part), part);
  }
});

test("shows the configuration, and of a credential only whether it is set", () => {
  const namespaces = [
    { name: "alpha", drove: ["https://one.test"], user: "admin", pass: "hunter2hunter2", access_token: "" },
  ];
  const shown = knownState(board, config({ namespaces, api_token: "sesame-open", nginx_cmd: "docker exec n nginx" }));
  const seen = shown["config"] as Record<string, unknown> & { namespaces: Record<string, unknown>[] };
  assert.equal(seen["nginx_cmd"], "docker exec n nginx");
  assert.equal(seen["api_token"], "[redacted]");
  assert.equal(seen.namespaces[0]?.["pass"], "[redacted]");
  assert.equal(seen.namespaces[0]?.["user"], "[redacted]");
  assert.equal(seen.namespaces[0]?.["access_token"], "");
});

test("nothing is known at the start, and that can be shown", () => {
  assert.doesNotThrow(() => JSON.stringify(knownState(newBoard(), config())));
});

test("user, password and query of a URL are hidden, the rest is not", () => {
  assert.equal(withoutUrlSecrets("http://u:p@s/s@plus.test/api"), "http://[redacted]@plus.test/api");
  assert.equal(withoutUrlSecrets('no "@fallback" at a@b'), 'no "@fallback" at a@b');
  assert.equal(withoutUserInfo("u:p@ss@plus.test:8080/api"), "[redacted]@plus.test:8080/api");
  assert.equal(withoutUrlSecrets("https://one.test:8080/x?token=abc"), "https://one.test:8080/x?[redacted]");
  assert.equal(withoutUrlSecrets("docker exec nginx nginx"), "docker exec nginx nginx");
});

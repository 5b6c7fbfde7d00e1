import assert from "node:assert/strict";
import { test } from "node:test";
import { sameWatch } from "../../../agent/discovery/same-watch.ts";
import { configOf } from "../drove/config.ts";

const base = { name: "blue", drove: ["http://a", "http://b"], user: "u", pass: "p", access_token: "t" };

function input(namespace: Readonly<Record<string, unknown>> = {}, extra: Readonly<Record<string, unknown>> = {}) {
  const config = configOf({ namespaces: [{ ...base, ...namespace }], ...extra });
  const [only] = config.namespaces;
  assert.ok(only !== undefined);
  return { namespace: only, config };
}

test("equal input makes the same watcher, whatever else differs", () => {
  assert.ok(sameWatch(input(), input()));
  const realms = { realm: "a", realm_suffix: "b", routing_tag: "c", leader_vhost: "d" };
  assert.ok(sameWatch(input(), input(realms, { nginx_max_fails: 1, state_persistence_dir: "/elsewhere" })));
});

test("everything a watcher uses makes another one", () => {
  const namespaces = [
    { name: "green" },
    { drove: ["http://a"] },
    { drove: ["http://b", "http://a"] },
    { user: "x" },
    { pass: "x" },
    { access_token: "x" },
    { tls_ca_file: "x" },
    { tls_insecure_skip_verify: true },
  ];
  for (const one of namespaces) assert.ok(!sameWatch(input(), input(one)), JSON.stringify(one));
  const timing = [
    { api_timeout: 7 },
    { event_refresh_interval_sec: 7 },
    { full_resync_interval_sec: 7 },
    { max_response_mb: 7 },
    { startup_controller_sync_tries: 7 },
    { startup_controller_sync_retry_delay_sec: 7 },
  ];
  for (const one of timing) assert.ok(!sameWatch(input(), input({}, one)), JSON.stringify(one));
});

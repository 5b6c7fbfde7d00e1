import assert from "node:assert/strict";
import { test } from "node:test";
import { explainText } from "../../../agent/cli/explain-text.ts";
import { type ExplainSources, explain } from "../../../agent/insight/explain.ts";
import type { AppFate } from "../../../agent/insight/fates.ts";
import { runningWith, stateOf, vhostOf } from "../plan/fixtures.ts";
import { cycleOf, planOf } from "./cycles.ts";

const text = "server {\n  server_name a.test;\n  proxy_pass http://10.0.0.1:8080;\n}\nserver { server_name x; }\n";
const fate: AppFate = {
  namespace: "ns",
  controller: "http://d.test",
  appId: "a.test-1",
  appName: "a",
  vhost: "a.test",
  tags: { color: "blue" },
  instances: ["http://10.0.0.1:8080"],
  fate: "served",
  why: "kept: its namespace serves every vhost",
  notes: [],
};

function sources(changes: Partial<ExplainSources> = {}): ExplainSources {
  const resolution = { addresses: new Map([["10.0.0.1", "10.0.0.1"]]), fingerprint: "", unresolved: [] };
  const built = { value: stateOf([vhostOf("a.test"), vhostOf("*.wild.test")]), notes: [], counts: [] };
  const cycle = cycleOf({ running: runningWith(text), plan: planOf("old", { kind: "none" }), resolution, built });
  const log = { of: () => ({ since: 0, lastChange: { at: 0, what: "1 instance came" } }), gone: () => undefined };
  return { fates: [fate], cycle, platform: "nginx", log, ...changes };
}

test("a vhost is found by its name, its app's id or its app's name, in any case", () => {
  for (const name of ["a.test", "A.TEST", "a.test-1", "a", " a "]) {
    const { found, apps, vhosts } = explain(name, sources());
    assert.deepEqual([found, apps.length, vhosts.map((one) => one.vhost)], [true, 1, ["a.test"]], name);
  }
});

test("it is told with its lines, its instances in the proxy, and since when", () => {
  const [vhost] = explain("a.test", sources()).vhosts;
  assert.deepEqual(vhost?.members, [{ url: "http://10.0.0.1:8080", address: "10.0.0.1", proxy: "has it" }]);
  assert.deepEqual([vhost?.since, vhost?.lastChange?.what], ["1970-01-01T00:00:00.000Z", "1 instance came"]);
  assert.deepEqual(
    vhost?.lines.blocks.map(({ from, to }) => [from, to]),
    [[1, 4]],
  );
});

test("an instance that the proxy lacks is told, also where one's address begins like another's", () => {
  const cycle = sources().cycle;
  const other = cycleOf({ ...cycle, running: runningWith("server 10.0.0.1:80801; server 110.0.0.1:8080;") });
  assert.equal(explain("a.test", sources({ cycle: other })).vhosts[0]?.members[0]?.proxy, "does not have it");
});

test("HAProxy is taken at its word", () => {
  const backend = { vhost: "a.test", group: undefined, routingTagKey: "", isDefault: true, servers: [], tags: {} };
  const server = { backend: "a.test", name: "s1", address: "10.0.0.1", port: 8080, state: "leaving" } as const;
  const runtime = { names: new Set(["a.test"]), servers: [server, { ...server, backend: "other" }] };
  const from = sources();
  const made = { ...from.cycle?.made, backends: [{ ...backend, name: "a.test", changesAtRuntime: true }] };
  const cycle = { ...from.cycle, made, running: runningWith(text, { runtime }) } as typeof from.cycle;
  const [vhost] = explain("a.test", sources({ cycle, platform: "haproxy" })).vhosts;
  assert.equal(vhost?.members[0]?.proxy, "leaving");
  assert.deepEqual(vhost.backends, [
    { name: "a.test", servers: [{ name: "s1", address: "10.0.0.1:8080", state: "leaving" }] },
  ]);
});

test("why a name is not there always has an answer", () => {
  const gone = (vhost: string) => (vhost === "b.test" ? { vhost, at: 0, appIds: ["b-1"] } : undefined);
  const from = sources({ log: { ...sources().log, gone } });
  const unknown = (name: string) => {
    const { found, summary } = explain(name, from);
    assert.equal(found, false);
    return summary.join("\n");
  };
  assert.match(unknown("zzz.example"), /^no controller lists an app of this vhost, id or name$/);
  assert.match(unknown("b.test"), /it was served until 1970-01-01T00:00:00\.000Z \(b-1\)/);
  assert.match(unknown("x.wild.test"), /requests to it are served by \*\.wild\.test/);
  assert.match(unknown("a.tset"), /was a\.test meant\?/);
});

test("a proxy that is not in step is told, and what waits for the vhost", () => {
  const held = { by: "freeze", since: 0, until: undefined, reason: "" } as const;
  const built = { value: stateOf([vhostOf("a.test"), vhostOf("b.test")]), notes: [], counts: [] };
  const { summary, vhosts } = explain(
    "b.test",
    sources({ cycle: cycleOf({ built, held, waiting: planOf("new") }), fates: [] }),
  );
  assert.match(summary.join("\n"), /the proxy is not in step: changes are held/);
  assert.equal(vhosts[0]?.waiting, "to be added");
});

test("it reads well", () => {
  const paint = (_: string, line: string) => line;
  const shown = explainText(explain("a", sources()), paint);
  assert.equal(
    shown,
    `a.test-1 of namespace ns: served; kept: its namespace serves every vhost

app a.test-1  served
  namespace   ns
  controller  http://d.test
  vhost       a.test
  tags        color=blue
  instances   http://10.0.0.1:8080
  why         kept: its namespace serves every vhost

vhost a.test
  namespaces  a
  apps        a.test-1
  since       1970-01-01T00:00:00.000Z
  last change 1970-01-01T00:00:00.000Z: 1 instance came
  instance http://10.0.0.1:8080  the proxy: has it
  /etc/x.conf:1
    server {
      server_name a.test;
      proxy_pass http://10.0.0.1:8080;
    }
`,
  );
});

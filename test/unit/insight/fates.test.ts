import assert from "node:assert/strict";
import { test } from "node:test";
import type { HeldAnswer } from "../../../agent/guard/held.ts";
import { fatesOf } from "../../../agent/insight/fates.ts";
import type { DroveApp, NamespaceSnapshot, Note } from "../../../agent/model.ts";
import type { Quarantined } from "../../../agent/quarantine/quarantined.ts";
import { configOf } from "../render/fixtures.ts";

const host = { host: "10.0.0.1", port: 80, portType: "HTTP" };

function appOf(appId: string, changes: Partial<DroveApp> = {}): DroveApp {
  return { appId, appName: appId.replace(/-\d+$/, ""), vhost: `${appId}.test`, tags: {}, hosts: [host], ...changes };
}

function fates(
  apps: readonly DroveApp[],
  {
    namespace = {},
    notes = [] as readonly Note[],
    quarantined = [] as readonly Quarantined[],
    held = new Map<string, HeldAnswer>(),
  } = {},
) {
  const { namespaces } = configOf({ namespaces: [{ name: "a", drove: ["http://d.test"], ...namespace }] });
  const leader = { endpoint: "http://d.test", host: "d.test", port: 80 };
  const snapshot: NamespaceSnapshot = { namespace: "a", apps, leader, fetchedAt: 0, source: "controller", notes: [] };
  return fatesOf({ snapshots: [snapshot], namespaces, desired: undefined, quarantined, held, notes });
}

test("each app is told with its namespace, controller and instances", () => {
  const [fate] = fates([appOf("shop-1", { tags: { color: "blue" } })]);
  assert.deepEqual(fate, {
    namespace: "a",
    controller: "http://d.test",
    appId: "shop-1",
    appName: "shop",
    vhost: "shop-1.test",
    tags: { color: "blue" },
    instances: ["http://10.0.0.1:80"],
    fate: "served",
    why: "kept: its namespace serves every vhost",
    notes: [],
  });
});

test("why an app is not served is told by the rule that decided", () => {
  const told = (app: Partial<DroveApp>, options: Parameters<typeof fates>[1] = {}) => {
    const [one] = fates([appOf("shop-1", app)], options);
    return `${one?.fate}: ${one?.why}`;
  };
  assert.match(told({ vhost: "a b" }), /^refused: vhost .*the app is not served$/);
  assert.match(
    told({}, { namespace: { realm: "x.test, y.test", realm_suffix: ".example" } }),
    /^out-of-realm: vhost "shop-1\.test" is none of realm "x\.test, y\.test" and does not end with realm_suffix "\.example" of namespace a$/,
  );
  assert.match(
    told({}, { namespace: { realm: "shop-1.test" } }),
    /^served: kept: its vhost is in the namespace's realm$/,
  );
  assert.match(
    told({ hosts: [] }),
    /^no-instances: the controller lists no healthy instance of it; its vhost answers 503$/,
  );
  assert.match(told({ hosts: [{ ...host, port: 0 }] }), /^no-instances: none of its instances can be used; /);
});

test("what is found out later counts, once and for the right namespace", () => {
  const clash: Note = { code: "backend-clash", subject: "shop-1", message: "the name is taken" };
  const [refused] = fates([appOf("shop-1")], { notes: [clash, { ...clash, namespace: "other", message: "else" }] });
  assert.deepEqual([refused?.fate, refused?.why, refused?.notes.length], ["refused", "the name is taken", 1]);
  const [again] = fates([appOf("shop-1", { hosts: [{ ...host, port: 0 }] })]);
  const note = again?.notes[0];
  assert.equal(note?.code, "port-refused");
  const [once] = fates([appOf("shop-1", { hosts: [{ ...host, port: 0 }] })], {
    notes: [{ code: "port-refused", subject: "shop-1", message: note?.message ?? "", namespace: "a" }],
  });
  assert.equal(once?.notes.length, 1);
});

test("what the proxy refuses is quarantined, with the proxy's words", () => {
  const one = {
    vhost: "shop-1.test",
    since: 0,
    serves: "its last accepted form",
    reason: "unknown directive",
  } as const;
  const quarantined = [
    { ...one, namespace: "a", appId: "shop-1" },
    { ...one, namespace: "other", appId: "blog-1" },
  ];
  const found = fates([appOf("shop-1"), appOf("blog-1")], { quarantined });
  assert.deepEqual(
    found.map(({ fate }) => fate),
    ["quarantined", "served"],
  );
  assert.equal(found[0]?.why, "since 1970-01-01T00:00:00.000Z its last accepted form is served: unknown directive");
});

test("what the guard holds is told with the way to let go of it", () => {
  const lost = { lost: 1, of: 2 };
  const answer: HeldAnswer = { since: 0, polls: 1, vhosts: lost, members: lost, names: ["shop-1.test"] };
  const found = fates([appOf("shop-1"), appOf("blog-1")], { held: new Map([["a", answer]]) });
  assert.deepEqual(
    found.map(({ fate }) => fate),
    ["held", "served"],
  );
  assert.match(found[0]?.why ?? "", /^since 1970-01-01T00:00:00\.000Z .* accepted by: drove-gateway accept a$/);
});

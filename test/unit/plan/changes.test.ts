import assert from "node:assert/strict";
import { test } from "node:test";
import { listChanges } from "../../../agent/plan/changes.ts";
import { stateOf, vhostOf } from "./fixtures.ts";

const one = { host: "10.0.0.1", port: 8080, portType: "http" };
const two = { host: "10.0.0.2", port: 8080, portType: "http" };
const before = stateOf([vhostOf("a.test"), vhostOf("b.test"), vhostOf("c.test")]);

test("vhosts that come and go are listed", () => {
  const { added, removed, changed } = listChanges(
    before,
    stateOf([vhostOf("b.test"), vhostOf("c.test"), vhostOf("d.test")]),
  );
  assert.deepEqual(
    [added.map((vhost) => vhost.name), removed.map((vhost) => vhost.name), changed],
    [["d.test"], ["a.test"], []],
  );
});

test("members that come and go are listed by vhost", () => {
  const groups = [{ name: "b.test", members: [two], tags: {} }];
  const after = stateOf([vhostOf("a.test"), vhostOf("b.test", { members: [two], groups }), vhostOf("c.test")]);
  assert.deepEqual(listChanges(before, after).changed, [{ name: "b.test", added: [two], removed: [one], others: [] }]);
});

test("what else differs is named", () => {
  const others = (changes: Parameters<typeof vhostOf>[1], from: Parameters<typeof vhostOf>[1] = {}) =>
    listChanges(stateOf([vhostOf("a.test", from)]), stateOf([vhostOf("a.test", changes)])).changed.flatMap(
      (all) => all.others,
    );
  assert.deepEqual(others({ tags: { color: "blue" } }), ["tags"]);
  assert.deepEqual(others({ appIds: ["a-2"] }), ["apps"]);
  assert.deepEqual(others({ groups: [{ name: "blue", members: [one], tags: {} }] }), ["groups"]);
  assert.deepEqual(others({ routingTagKey: "version" }), ["groups"]);
  const both = { members: [one, two], groups: [{ name: "a.test", members: [one, two], tags: {} }] };
  const turned = { members: [two, one], groups: [{ name: "a.test", members: [two, one], tags: {} }] };
  assert.deepEqual(others(turned, both), ["order"]);
});

test("nothing differs where nothing does", () => {
  assert.deepEqual(listChanges(before, structuredClone(before)), { added: [], removed: [], changed: [] });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { DesiredState, Leader } from "../../../agent/model.ts";
import { diffDesired, reason } from "../../../agent/plan/diff.ts";
import { stateOf, vhostOf } from "./fixtures.ts";

const member = (host: string, portType = "http") => ({ host, port: 8080, portType });
const found = (before: DesiredState, after: DesiredState) =>
  diffDesired(before, after).map(({ code, subjects }) => `${code} ${subjects.join(",")}`);

test("vhosts that came and went", () => {
  const before = stateOf([vhostOf("a.test"), vhostOf("b.test")]);
  const after = stateOf([vhostOf("b.test"), vhostOf("c.test"), vhostOf("d.test")]);
  assert.deepEqual(found(before, after), ["vhost-added c.test,d.test", "vhost-removed a.test"]);
});

describe("members-changed", () => {
  const before = stateOf([vhostOf("a.test"), vhostOf("b.test")]);
  const after = (changes: Parameters<typeof vhostOf>[1]) => stateOf([vhostOf("a.test", changes), vhostOf("b.test")]);

  test("for an instance that came, went, or speaks otherwise", () => {
    for (const members of [[], [member("10.0.0.1"), member("10.0.0.2")], [member("10.0.0.1", "https")]])
      assert.deepEqual(found(before, after({ members })), ["members-changed a.test"]);
  });

  test("for the last instance that went, and its group with it", () => {
    const changed = "members-changed a.test";
    const gone = after({ members: [], groups: [] });
    assert.deepEqual(found(before, gone), ["group-removed a.test/a.test", changed]);
    assert.deepEqual(found(gone, before), ["group-added a.test/a.test", changed]);
  });

  test("for an instance that went from one group to another", () => {
    const groups = [{ name: "blue", members: [member("10.0.0.1")], tags: {} }];
    const changed = ["group-added a.test/blue", "group-removed a.test/a.test", "members-changed a.test"];
    assert.deepEqual(found(before, after({ groups })), changed);
    const group = (name: string, host: string) => ({ name, members: [member(host)], tags: {} });
    const split = (blue: string, green: string) => after({ groups: [group("blue", blue), group("green", green)] });
    assert.deepEqual(found(split("10.0.0.1", "10.0.0.2"), split("10.0.0.2", "10.0.0.1")), ["members-changed a.test"]);
  });
});

test("attributes-changed for tags, app ids, routing tag, and tags of a group", () => {
  const before = stateOf([vhostOf("a.test")]);
  const groups = vhostOf("a.test").groups.map((group) => ({ ...group, tags: { x: "y" } }));
  for (const changes of [{ tags: { x: "y" } }, { appIds: ["A-2"] }, { routingTagKey: "color" }, { groups }])
    assert.deepEqual(found(before, stateOf([vhostOf("a.test", changes)])), ["attributes-changed a.test"]);
});

test("leader-changed for a new leader, leader vhost, routing tag or namespace", () => {
  const view = { name: "a", leaderVhost: "drove.test", leader: undefined, routingTag: "" };
  const leader: Leader = { endpoint: "http://d2.test", host: "d2.test", port: 80 };
  const before = stateOf([], { namespaces: [view] });
  for (const changes of [{ leader }, { leaderVhost: "" }, { routingTag: "color" }])
    assert.deepEqual(found(before, stateOf([], { namespaces: [{ ...view, ...changes }] })), ["leader-changed a"]);
  assert.deepEqual(found(before, stateOf([], { namespaces: [view, { ...view, name: "b" }] })), ["leader-changed b"]);
});

test("several things at once each have a reason", () => {
  const before = stateOf([vhostOf("a.test"), vhostOf("b.test"), vhostOf("c.test")]);
  const after = stateOf([
    vhostOf("b.test", { members: [] }),
    vhostOf("c.test", { tags: { x: "y" } }),
    vhostOf("d.test"),
  ]);
  assert.deepEqual(found(before, after), [
    "vhost-added d.test",
    "vhost-removed a.test",
    "members-changed b.test",
    "attributes-changed c.test",
  ]);
});

test("a reason names five subjects at most, and how many there are", () => {
  const names = Array.from({ length: 12 }, (_, index) => `v${index}`);
  assert.deepEqual(reason("vhost-added", names), { code: "vhost-added", subjects: names.slice(0, 5), count: 12 });
  assert.equal(reason("vhost-added", []), undefined);
});

const states = fc
  .uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.subarray(["10.0.0.1", "10.0.0.2", "10.0.0.3"])), {
    selector: ([name]) => name,
  })
  .map((all) => stateOf(all.map(([name, hosts]) => vhostOf(name, { members: hosts.map((host) => member(host)) }))));

test("there are reasons exactly if something differs", () => {
  const sorted = ({ vhosts }: DesiredState) =>
    JSON.stringify([...vhosts].sort((one, other) => (one.name < other.name ? -1 : 1)));
  fc.assert(
    fc.property(states, states, (before, after) => {
      assert.equal(diffDesired(before, after).length === 0, sorted(before) === sorted(after));
      assert.deepEqual(diffDesired(before, before), []);
    }),
  );
});

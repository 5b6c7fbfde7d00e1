import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { buildDesired } from "../../../agent/desired/build.ts";
import { addresses, appOf, build, endpoint, namespaceOf, snapshotOf } from "./fixtures.ts";

describe("one namespace", () => {
  test("vhost and port type are lower-cased", () => {
    const { vhosts } = build([appOf("A-1", "Shop.Test", { hosts: [endpoint("10.0.0.1", 80, "HTTPS")] })]);
    assert.equal(vhosts[0]?.name, "shop.test");
    assert.deepEqual(vhosts[0].members, [{ host: "10.0.0.1", port: 80, portType: "https" }]);
  });

  test("a port type that no proxy knows counts as http", () => {
    const { vhosts } = build([appOf("A-1", "a.test", { hosts: [endpoint("10.0.0.1", 80, "http; }")] })]);
    assert.equal(vhosts[0]?.members[0]?.portType, "http");
  });

  test("an app without instances keeps its vhost, with a group that has no members", () => {
    const { vhosts, lines } = build([appOf("A-1", "a.test", { hosts: [], tags: { team: "x" } })]);
    assert.deepEqual(addresses(vhosts[0]), []);
    assert.deepEqual(vhosts[0]?.groups, [{ name: "a.test", members: [], tags: { team: "x" } }]);
    assert.deepEqual(vhosts[0]?.tags, { team: "x" });
    assert.deepEqual(lines, []);
  });

  test("an app without instances lends no tags to one that serves the same vhost", () => {
    const idle = appOf("A-1", "a.test", { hosts: [], tags: { team: "old", gone: "yes" } });
    const { vhosts } = build([idle, appOf("A-2", "a.test", { tags: { team: "new" } })]);
    assert.deepEqual({ ...vhosts[0]?.tags }, { team: "new" });
    assert.deepEqual(vhosts[0]?.appIds, ["A-1", "A-2"]);
  });

  test("a realm keeps what it names, in whatever case either is written, and counts the rest", () => {
    const apps = [appOf("A-1", "A.test"), appOf("B-1", "b.test"), appOf("C-1", "c.org")];
    const named = build(apps, { realm: " a.TEST , B.test" });
    assert.deepEqual(
      named.vhosts.map((vhost) => vhost.name),
      ["a.test", "b.test"],
    );
    assert.equal(named.counts[0]?.ignoredByRealm, 1);
    const both = build(apps, { realm: "a.test", realm_suffix: ".ORG" });
    assert.deepEqual(
      both.vhosts.map((vhost) => vhost.name),
      ["a.test", "c.org"],
    );
    assert.deepEqual(both.lines, [], "to be outside a realm is no fault");
  });

  test("apps that share a vhost merge: instances appended, tags merged", () => {
    const first = appOf("A-1", "a.test", {
      hosts: [endpoint("10.0.0.1"), endpoint("10.0.0.2")],
      tags: { x: "1", y: "1" },
    });
    const second = appOf("A-2", "A.TEST", { hosts: [endpoint("10.0.0.3")], tags: { y: "2", z: "2" } });
    const { vhosts } = build([second, first]);
    assert.equal(vhosts.length, 1);
    assert.deepEqual(
      addresses(vhosts[0]),
      ["10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:8080"],
      "in the order of app ids",
    );
    assert.deepEqual({ ...vhosts[0]?.tags }, { x: "1", y: "2", z: "2" });
    assert.deepEqual(vhosts[0]?.appIds, ["A-1", "A-2"]);
  });

  test("the same instance listed twice serves once", () => {
    const twice = [endpoint("10.0.0.1"), endpoint("10.0.0.1"), endpoint("10.0.0.1", 81)];
    assert.deepEqual(addresses(build([appOf("A-1", "a.test", { hosts: twice })]).vhosts[0]), [
      "10.0.0.1:8080",
      "10.0.0.1:81",
    ]);
    const shared = build([appOf("A-1", "a.test"), appOf("A-2", "a.test")]);
    assert.deepEqual(addresses(shared.vhosts[0]), ["10.0.0.1:8080"]);
    assert.deepEqual(shared.vhosts[0]?.groups[0]?.members.length, 1);
  });
});

describe("groups", () => {
  const tagged = (id: string, value: string, host: string) =>
    appOf(id, "a.test", { tags: { color: value }, hosts: [endpoint(host)] });

  test("have the lower-cased value of the routing tag as their name", () => {
    const { vhosts, counts } = build([tagged("A-1", "Blue", "10.0.0.1"), tagged("A-2", "GREEN", "10.0.0.2")], {
      routing_tag: "color",
    });
    const groups = vhosts[0]?.groups.map((group) => [
      group.name,
      group.members.map((one) => one.host),
      { ...group.tags },
    ]);
    assert.deepEqual(groups, [
      ["blue", ["10.0.0.1"], { color: "Blue" }],
      ["green", ["10.0.0.2"], { color: "GREEN" }],
    ]);
    assert.equal(vhosts[0]?.routingTagKey, "color");
    assert.deepEqual(counts, [{ namespace: "a", withRoutingTag: 2, withoutRoutingTag: 0, ignoredByRealm: 0 }]);
  });

  test("have the vhost as their name without the tag, with an empty one, and without a routing tag", () => {
    const untagged = appOf("A-1", "a.test");
    for (const apps of [[untagged], [tagged("A-1", "", "10.0.0.1")]]) {
      const { vhosts, counts } = build(apps, { routing_tag: "color" });
      assert.deepEqual(
        vhosts[0]?.groups.map((group) => group.name),
        ["a.test"],
      );
      assert.equal(counts[0]?.withoutRoutingTag, 1);
    }
    const without = build([tagged("A-1", "blue", "10.0.0.1"), appOf("A-2", "b.test", { tags: { "": "x" } })]);
    assert.deepEqual(
      without.vhosts.map((vhost) => vhost.groups[0]?.name),
      ["a.test", "b.test"],
    );
    assert.equal(without.vhosts[0]?.routingTagKey, "");
  });

  test("lose no instance of a second app in the same group", () => {
    const { vhosts } = build([tagged("A-1", "blue", "10.0.0.1"), tagged("A-2", "Blue", "10.0.0.2")], {
      routing_tag: "color",
    });
    assert.deepEqual(
      vhosts[0]?.groups.map((group) => group.members.map((one) => one.host)),
      [["10.0.0.1", "10.0.0.2"]],
    );
  });

  test("a routing tag that could not be a backend's name costs the app, with a note that has its id", () => {
    const { vhosts, lines } = build([tagged("A-1", "x; }", "10.0.0.1"), tagged("A-2", "blue", "10.0.0.2")], {
      routing_tag: "color",
    });
    assert.deepEqual(addresses(vhosts[0]), ["10.0.0.2:8080"]);
    assert.deepEqual(lines, [
      'tag-refused A-1: routing tag color "x; }" may only have letters, digits and . _ : - (at most 128); the app is not served',
    ]);
  });

  test("a routing tag called like a property of every object is a tag only if it was sent", () => {
    for (const routing_tag of ["constructor", "toString", "__proto__"]) {
      const { vhosts } = build([appOf("A-1", "a.test")], { routing_tag });
      assert.deepEqual(
        vhosts[0]?.groups.map((group) => group.name),
        ["a.test"],
        routing_tag,
      );
    }
  });
});

describe("several namespaces", () => {
  const namespaces = [
    namespaceOf({ name: "b", routing_tag: "color" }),
    namespaceOf({ name: "a", realm_suffix: ".test" }),
  ];

  test("merge by vhost like apps do; each has its own realm and routing tag", () => {
    const ofB = snapshotOf([appOf("B-1", "s.test", { tags: { color: "blue" }, hosts: [endpoint("10.0.0.2")] })], {
      namespace: "b",
    });
    const ofA = snapshotOf([appOf("A-1", "s.test"), appOf("A-2", "s.org")], { namespace: "a" });
    const { value, counts } = buildDesired([ofB, ofA], namespaces);
    const [shared, ...others] = value.vhosts;
    assert.deepEqual(others, []);
    assert.deepEqual(addresses(shared), ["10.0.0.2:8080", "10.0.0.1:8080"]);
    assert.deepEqual(
      shared?.groups.map((group) => group.name),
      ["blue", "s.test"],
    );
    assert.deepEqual(shared?.namespaces, ["b", "a"]);
    assert.equal(shared?.routingTagKey, "color");
    assert.deepEqual(
      counts.map((one) => one.ignoredByRealm),
      [0, 1],
    );
  });

  test("instances of the same group in two namespaces all stay", () => {
    const both = ["b", "a"].map((namespace, index) =>
      snapshotOf([appOf("X-1", "s.test", { tags: { color: "blue" }, hosts: [endpoint(`10.0.0.${index}`)] })], {
        namespace,
      }),
    );
    const tagged = namespaces.map((one) => ({ ...one, routing_tag: "color" }));
    const { value } = buildDesired(both, tagged);
    assert.equal(value.vhosts[0]?.groups.length, 1);
    assert.equal(value.vhosts[0]?.groups[0]?.members.length, 2);
  });

  test("a snapshot of a namespace that is configured no more is left out", () => {
    const { value, counts } = buildDesired([snapshotOf([appOf("A-1", "a.test")], { namespace: "gone" })], namespaces);
    assert.deepEqual(value.vhosts, []);
    assert.deepEqual(counts, []);
  });

  test("are all in the view, sorted, with their leaders, data or not", () => {
    const leader = { endpoint: "http://drove.test:8080", host: "drove.test", port: 8080 };
    const { value } = buildDesired([snapshotOf([], { namespace: "b", leader })], namespaces);
    assert.deepEqual(value.namespaces, [
      { name: "a", leaderVhost: "", leader: undefined, routingTag: "" },
      { name: "b", leaderVhost: "", leader, routingTag: "color" },
    ]);
  });
});

describe("leader vhosts", () => {
  test("an app cannot take one away, not even in another namespace or case", () => {
    const namespaces = [namespaceOf({ name: "a" }), namespaceOf({ name: "b", leader_vhost: "Drove.Test" })];
    const { value, notes } = buildDesired(
      [snapshotOf([appOf("EVIL-1", "drove.TEST."), appOf("A-1", "a.test")])],
      namespaces,
    );
    assert.deepEqual(
      value.vhosts.map((vhost) => vhost.name),
      ["a.test"],
    );
    assert.equal(value.namespaces[1]?.leaderVhost, "drove.test");
    assert.deepEqual(notes, [
      {
        code: "vhost-refused",
        subject: "EVIL-1",
        namespace: "a",
        message: 'vhost "drove.test" is the leader_vhost of namespace b; the app is not served',
      },
    ]);
  });

  test("of two namespaces with the same one, the first has it", () => {
    const namespaces = ["z", "a"].map((name) => namespaceOf({ name, leader_vhost: "drove.test" }));
    const { value, notes } = buildDesired([], namespaces);
    assert.deepEqual(
      value.namespaces.map((view) => [view.name, view.leaderVhost]),
      [
        ["a", ""],
        ["z", "drove.test"],
      ],
    );
    assert.deepEqual(
      notes.map((note) => [note.namespace, note.subject]),
      [["a", "leader_vhost"]],
    );
  });

  test("one that is no host name is left out, with a note", () => {
    const { value, notes } = buildDesired([], [namespaceOf({ leader_vhost: "drove test" })]);
    assert.equal(value.namespaces[0]?.leaderVhost, "");
    assert.match(notes[0]?.message ?? "", /^leader_vhost "drove test" has "drove test"/);
  });
});

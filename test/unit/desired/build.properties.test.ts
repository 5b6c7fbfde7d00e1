import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { buildDesired } from "../../../agent/desired/build.ts";
import type { DesiredState, DroveApp } from "../../../agent/model.ts";
import { namespaceOf, snapshotOf } from "./fixtures.ts";

const host = fc.record({
  host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom("h1.test", "H2.Test", "unix:/x", "a b")),
  port: fc.constantFrom(0, 1, 80, 8080, 65_535, 70_000),
  portType: fc.constantFrom("HTTP", "HTTPS", "TCP", "UDP", "x;"),
});
const vhost = fc.oneof(
  fc.constantFrom("a.test", "A.test", "b.test", "c.org", "drove.test", "__proto__"),
  fc.string({ maxLength: 8 }),
);
const tags = fc.dictionary(
  fc.constantFrom("color", "team", "__proto__", "constructor"),
  fc.constantFrom("", "Blue", "green", "x;", "a\nb"),
);
const app: fc.Arbitrary<DroveApp> = fc.record({
  appName: fc.constant("app"),
  appId: fc.stringMatching(/^APP-[0-9]{1,3}$/),
  vhost,
  tags,
  hosts: fc.array(host, { maxLength: 4 }),
});
const apps = fc.uniqueArray(app, { maxLength: 8, selector: (one) => one.appId });
const namespaces = [
  namespaceOf({ name: "a", routing_tag: "color", leader_vhost: "drove.test" }),
  namespaceOf({ name: "b", realm: "a.test, b.test" }),
];

function build(ofA: readonly DroveApp[], ofB: readonly DroveApp[]) {
  return buildDesired([snapshotOf(ofA), snapshotOf(ofB, { namespace: "b" })], namespaces);
}

function isSorted(names: readonly string[]): boolean {
  return names.every((name, index) => index === 0 || (names[index - 1] ?? "") < name);
}

function check(state: DesiredState): void {
  assert.ok(isSorted(state.vhosts.map((one) => one.name)), "vhosts are sorted and unique");
  for (const one of state.vhosts) {
    assert.match(one.name, /^(\*\.)?[a-z0-9_.-]+$/);
    assert.notEqual(one.name, "drove.test");
    assert.ok(isSorted(one.groups.map((group) => group.name)), "groups are sorted and unique");
    const keys = one.members.map((member) => `${member.host} ${member.port}`);
    assert.equal(new Set(keys).size, keys.length, "no instance twice");
    const grouped = new Set(
      one.groups.flatMap((group) => group.members.map((member) => `${member.host} ${member.port}`)),
    );
    assert.deepEqual(grouped, new Set(keys), "groups have every instance, and no others");
    for (const member of one.members) {
      assert.match(member.host, /^[a-z0-9_.:-]+$/);
      assert.ok(member.port >= 1 && member.port <= 65_535);
      assert.match(member.portType, /^[a-z0-9]+$/);
    }
  }
}

test("whatever controllers say, the desired state is checked, sorted and whole", () => {
  fc.assert(
    fc.property(apps, apps, (ofA, ofB) => check(build(ofA, ofB).value)),
    { numRuns: 400 },
  );
});

test("the order of a controller's list means nothing", () => {
  fc.assert(
    fc.property(apps, apps, (ofA, ofB) => {
      assert.deepEqual(build([...ofA].reverse(), ofB).value, build(ofA, ofB).value);
    }),
  );
});

test("every good instance of an app in the realm serves", () => {
  fc.assert(
    fc.property(apps, (ofB) => {
      const { value } = build([], ofB);
      const wanted = ofB
        .filter((one) => ["a.test", "b.test"].includes(one.vhost.toLowerCase()))
        .flatMap((one) => one.hosts)
        .filter((one) => one.port >= 1 && one.port <= 65_535 && !/[ /]/.test(one.host))
        .map((one) => `${one.host.toLowerCase()} ${one.port}`);
      const served = value.vhosts.flatMap((one) => one.members).map((one) => `${one.host} ${one.port}`);
      assert.deepEqual(new Set(served), new Set(wanted));
    }),
  );
});

test("every app serves, is outside the realm, or has a note", () => {
  fc.assert(
    fc.property(apps, apps, (ofA, ofB) => {
      const { value, notes, counts } = build(ofA, ofB);
      const known = new Set([...value.vhosts.flatMap((one) => one.appIds), ...notes.map((note) => note.subject)]);
      const lost = [...ofA, ...ofB].filter((one) => !known.has(one.appId));
      assert.ok(lost.length <= counts.reduce((sum, one) => sum + one.ignoredByRealm, 0));
    }),
  );
});

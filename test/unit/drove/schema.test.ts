import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readApps, readEndpoints } from "../../../agent/drove/schema.ts";
import { exposedApp, exposedHost, manyApps } from "../../fake/exposed-app.ts";
import { malformedApps } from "../../fake/malformed.ts";
import { thrown } from "../thrown.ts";

const answer = (data: unknown) => JSON.stringify({ status: "SUCCESS", data, message: "success" });
const host = exposedHost(31_000);
const app = exposedApp({ name: "shop", tags: { colour: "blue" }, hosts: [host] });

test("apps are read as they are, extra fields left out", () => {
  const { value, notes } = readEndpoints(answer([{ ...app, extra: 1, hosts: [{ ...host, extra: 1 }] }]));
  assert.deepEqual(value, [app]);
  assert.deepEqual(notes, []);
});

test("tags of null, or none, are no tags", () => {
  const { tags: _, ...untagged } = app;
  const { value } = readApps([{ ...app, tags: null }, untagged]);
  assert.deepEqual(
    value.map(({ tags }) => tags),
    [{}, {}],
  );
});

test("numbers and booleans among tags become text, null becomes empty, a list is dropped with a note", () => {
  const { value, notes } = readApps([{ ...app, tags: { a: 1, b: true, c: null, d: ["x"], e: "y" } }]);
  assert.deepEqual(value[0]?.tags, { a: "1", b: "true", c: "", e: "y" });
  assert.deepEqual(
    notes.map(({ code, subject }) => ({ code, subject })),
    [{ code: "tag-refused", subject: "shop-1.0.0" }],
  );
});

test("a tag called __proto__ is a tag like others", () => {
  for (const other of ["string", 1]) {
    const text = `[{"appId":"a-1","vhost":"a","tags":{"__proto__":"x","b":${JSON.stringify(other)}},"hosts":[]}]`;
    const tags = readApps(JSON.parse(text)).value[0]?.tags ?? {};
    assert.deepEqual(Object.keys(tags), ["__proto__", "b"]);
    assert.equal(Object.getPrototypeOf(tags), Object.prototype);
  }
});

test("an app that cannot be read is dropped alone, with its appId or its place in a note", () => {
  const { value, notes } = readEndpoints(answer([...malformedApps, app]));
  const nested = value.find(({ appId }) => appId === "tags-nested-1");
  assert.deepEqual(nested?.tags, {});
  assert.deepEqual(
    value.filter((one) => one !== nested),
    [app],
  );
  assert.equal(notes.length, malformedApps.length);
  const subjects = notes.map(({ subject }) => subject);
  assert.ok(subjects.includes("app at index 0"));
  assert.ok(subjects.includes("port-string-1"));
});

test("a host that cannot be read is dropped alone", () => {
  const { value, notes } = readApps([{ ...app, hosts: [null, host, { ...host, port: "1" }] }]);
  assert.deepEqual(value[0]?.hosts, [host]);
  assert.equal(notes.length, 1);
  assert.match(notes[0]?.message ?? "", /^2 of its hosts dropped/);
});

test("an app without hosts stays", () => {
  assert.deepEqual(readApps([{ ...app, hosts: [] }]), { value: [{ ...app, hosts: [] }], notes: [] });
});

test("a note does not repeat a controller's line breaks, nor a novel", () => {
  const { notes } = readApps([{ appId: `a\nlevel=error\u0000${"x".repeat(10_000)}`, vhost: 1 }]);
  const subject = notes[0]?.subject ?? "";
  assert.match(subject, /^a level=error x+…$/);
  assert.ok(subject.length <= 201);
});

test("an answer that is no list of apps is refused", async () => {
  for (const data of [null, {}, "[]", 7]) {
    assert.equal((await thrown(() => readEndpoints(answer(data)))).code, "controller-garbage");
  }
});

test("whatever JSON comes, apps are well formed and each entry is an app or has a note", () => {
  const field = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.array(fc.jsonValue()), fc.jsonValue());
  const entry = fc.oneof(
    fc.jsonValue(),
    fc.record({ appName: field, appId: field, vhost: field, tags: field, hosts: field }, { requiredKeys: [] }),
  );
  fc.assert(
    fc.property(fc.array(entry), (data) => {
      const { value, notes } = readApps(data);
      assert.ok(value.length + notes.length >= data.length);
      for (const one of value) {
        assert.equal(typeof one.appId + typeof one.vhost + typeof one.appName, "stringstringstring");
        assert.ok(Object.values(one.tags).every((tag) => typeof tag === "string"));
        assert.ok(one.hosts.every((each) => Number.isInteger(each.port) && typeof each.host === "string"));
      }
    }),
  );
});

test("50,000 apps with 10 hosts each are read, none lost", () => {
  const apps = manyApps(50_000, { hostsPerApp: 10 });
  const { value, notes } = readEndpoints(answer(apps));
  assert.equal(value.length, 50_000);
  assert.equal(value.at(-1)?.hosts.length, 10);
  assert.deepEqual(notes, []);
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { buildDesired } from "../../../agent/desired/build.ts";
import { addresses, appOf, build, endpoint, namespaceOf, snapshotOf } from "./fixtures.ts";

describe("bad input", () => {
  test("a refused app is a note with its id; the others go on", () => {
    const bad = ["a.test; } server { listen 81;", "x\0.test", "a".repeat(300), "bücher.test", ""];
    const { vhosts, notes } = build([
      ...bad.map((vhost, index) => appOf(`BAD-${index}`, vhost)),
      appOf("GOOD-1", "good.test"),
    ]);
    assert.deepEqual(
      vhosts.map((vhost) => vhost.name),
      ["good.test"],
    );
    assert.deepEqual(
      notes.map((note) => [note.code, note.subject, note.namespace]),
      bad.map((_, index) => ["vhost-refused", `BAD-${index}`, "a"]),
    );
  });

  test("a bad instance is left out alone", () => {
    const hosts = [
      endpoint("unix:/x"),
      endpoint("10.0.0.1", 0),
      endpoint("10.0.0.2", 70_000),
      endpoint("10.0.0.3", 80),
    ];
    const { vhosts, lines } = build([appOf("A-1", "a.test", { hosts })]);
    assert.deepEqual(addresses(vhosts[0]), ["10.0.0.3:80"]);
    assert.deepEqual(
      lines.map((line) => line.split(":")[0]),
      ["host-refused A-1", "port-refused A-1", "port-refused A-1"],
    );
    assert.match(lines[1] ?? "", /port 0 is not from 1 to 65535; the instance on 10\.0\.0\.1 is left out/);
  });

  test("an app all of whose instances are bad keeps its vhost, like one without instances", () => {
    const { vhosts } = build([appOf("A-1", "a.test", { hosts: [endpoint("10.0.0.1", 0)] })]);
    assert.deepEqual(
      vhosts.map((vhost) => [vhost.name, vhost.members.length]),
      [["a.test", 0]],
    );
  });

  test("a bad tag is left out alone", () => {
    const { vhosts, lines } = build([appOf("A-1", "a.test", { tags: { good: "1", bad: "a\nb", "k\ney": "v" } })]);
    assert.deepEqual(vhosts[0]?.tags, { good: "1" });
    assert.deepEqual(lines, [
      'tag-refused A-1: tag "bad": "a\\nb" has control characters; the tag is left out',
      'tag-refused A-1: tag "k\\ney": "k\\ney" has control characters; the tag is left out',
    ]);
  });

  test("names of object internals are names like any other", () => {
    const tags = Object.fromEntries([
      ["__proto__", "polluted"],
      ["constructor", "x"],
    ]);
    const merged = build([
      appOf("A-1", "__proto__", { tags }),
      appOf("A-2", "__proto__", { hosts: [endpoint("10.0.0.2")] }),
    ]);
    assert.deepEqual(
      merged.vhosts.map((vhost) => vhost.name),
      ["__proto__"],
    );
    assert.deepEqual(Object.entries(merged.vhosts[0]?.tags ?? {}), [
      ["__proto__", "polluted"],
      ["constructor", "x"],
    ]);
    const cleaned = build([appOf("A-1", "a.test", { tags: { ...tags, bad: "\0" } })]);
    assert.deepEqual(Object.keys(cleaned.vhosts[0]?.tags ?? {}).sort(), ["__proto__", "constructor"]);
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  });

  test("notes of the snapshot are passed on with their namespace", () => {
    const note = { code: "app-malformed", subject: "X-1", message: "app dropped" } as const;
    const { notes } = buildDesired([snapshotOf([], { notes: [note] })], [namespaceOf()]);
    assert.deepEqual(notes, [{ ...note, namespace: "a" }]);
  });

  test("a cluster full of bad apps makes a thousand notes, and no more", () => {
    const apps = Array.from({ length: 1500 }, (_, index) => appOf(`BAD-${index}`, "no good"));
    const others = snapshotOf([appOf("BAD-0", "no good")], { namespace: "b" });
    const { notes } = buildDesired([snapshotOf(apps), others], [namespaceOf(), namespaceOf({ name: "b" })]);
    assert.equal(notes.filter((note) => note.namespace === "a").length, 1000);
    assert.equal(notes.filter((note) => note.namespace === "b").length, 1, "each namespace has its own thousand");
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import * as v from "valibot";
import { configSchema } from "../../../agent/config/schema.ts";
import { backendsFor, createPlacer } from "../../../agent/desired/backends.ts";
import { buildDesired, createBuilder } from "../../../agent/desired/build.ts";
import { createNameFinder, hostNamesOf } from "../../../agent/desired/hosts.ts";
import type { DroveApp } from "../../../agent/model.ts";
import { appOf, endpoint, namespaceOf, snapshotOf } from "./fixtures.ts";

/*
 * What has not changed stays the same object, so that later stages need not look at it; and whatever came before, the
 * outcome is that of a start from nothing.
 */

const haproxy = (changes: Readonly<Record<string, unknown>> = {}) =>
  v.parse(configSchema, { proxy_platform: "haproxy", namespaces: [namespaceOf()], ...changes });
const addresses = { get: (host: string) => host };

describe("of a list in which one app has changed", () => {
  const apps = [appOf("A-1", "a.test"), appOf("B-1", "b.test"), appOf("B-2", "b.test"), appOf("C-1", "c.test")];
  const changed = apps.map((app) => (app.appId === "C-1" ? { ...app, hosts: [endpoint("10.0.0.9")] } : app));
  const namespaces = [namespaceOf()];
  const build = createBuilder();
  const [before, after] = [apps, changed].map((list) => build([snapshotOf(list)], namespaces).value);

  test("the other vhosts are the same objects, shared ones too", () => {
    assert.deepEqual(
      after?.vhosts.map((vhost, index) => vhost === before?.vhosts[index]),
      [true, true, false],
    );
  });

  test("the other backends are, as long as no address and no setting has changed", () => {
    const placer = createPlacer();
    const config = haproxy();
    if (before === undefined || after === undefined) throw new Error("built");
    const first = placer(config, addresses).all(before).backends;
    const kept = (now: typeof first) => now.map((backend, index) => backend === first[index]);
    assert.deepEqual(kept(placer(config, addresses).all(after).backends), [true, true, false]);
    const alone = after.vhosts.flatMap((vhost) => placer(config, addresses).one(vhost));
    assert.deepEqual(alone, placer(config, addresses).all(after).backends);
    assert.ok(alone.every((backend, index) => backend === placer(config, addresses).all(after).backends[index]));
    assert.deepEqual(kept(placer(config, { ...addresses }).all(after).backends), [false, false, false]);
    assert.deepEqual(kept(placer(haproxy(), addresses).all(after).backends), [false, false, false]);
  });

  test("members that stay get other servers where those need other attributes", () => {
    const placer = createPlacer()(haproxy(), addresses);
    const attributesOf = (protocol: string) => {
      const [vhost] = build([snapshotOf([appOf("A-1", "a.test", { tags: { protocol } })])], namespaces).value.vhosts;
      return vhost && placer.one(vhost)[0]?.servers.map((server) => server.attributes);
    };
    const [http, grpc] = [attributesOf("http"), attributesOf("grpc")];
    assert.deepEqual([http?.length, grpc?.length], [1, 1]);
    assert.match(grpc?.[0] ?? "", /proto h2/);
    assert.doesNotMatch(http?.[0] ?? "", /proto h2/);
    assert.deepEqual(attributesOf("http"), http);
  });

  test("members without an address do not shift the others", () => {
    const placer = createPlacer()(haproxy(), { get: (host) => (host === "n.test" ? undefined : host) });
    const hosts = ["n.test", "10.0.0.1", "10.0.0.2"].map((host) => endpoint(host));
    const namesOf = (count: number) => {
      const [vhost] = build([snapshotOf([appOf("A-1", "a.test", { hosts: hosts.slice(0, count) })])], namespaces).value
        .vhosts;
      return vhost && placer.one(vhost)[0]?.servers.map((server) => server.host);
    };
    assert.deepEqual(namesOf(2), ["10.0.0.1"]);
    assert.deepEqual(namesOf(3), ["10.0.0.1", "10.0.0.2"]);
  });

  test("a vhost is another one once an app has joined it, or left it", () => {
    const joined = build(
      [snapshotOf([...apps, appOf("A-2", "a.test", { hosts: [endpoint("10.0.0.2")] })])],
      namespaces,
    );
    assert.deepEqual(joined.value.vhosts[0]?.appIds, ["A-1", "A-2"]);
    const left = build([snapshotOf(apps.filter((app) => app.appId !== "B-1"))], namespaces);
    assert.deepEqual(left.value.vhosts[1]?.appIds, ["B-2"]);
  });

  test("what is refused is refused and counted each time", () => {
    const bad = [appOf("X-1", "x y"), appOf("R-1", "a.org"), appOf("H-1", "h.test", { hosts: [endpoint("a b")] })];
    const inRealm = [namespaceOf({ realm_suffix: ".test" })];
    const judge = createBuilder();
    const first = judge([snapshotOf(bad)], inRealm);
    assert.equal(first.notes.length, 2);
    assert.deepEqual(judge([snapshotOf(bad)], inRealm), first);
  });
});

test("whatever came before, the outcome is that of a start from nothing", () => {
  const host = fc.record({
    host: fc.constantFrom("10.0.0.1", "10.0.0.2", "2001:db8::1", "h1.test", "a b"),
    port: fc.constantFrom(80, 81, 0),
    portType: fc.constantFrom("HTTP", "HTTPS", "TCP"),
  });
  const app: fc.Arbitrary<DroveApp> = fc.record({
    appName: fc.constant("app"),
    appId: fc.constantFrom("A-1", "A-2", "B-1", "B-2"),
    vhost: fc.constantFrom("a.test", "b.test", "c.org", "x y"),
    tags: fc.dictionary(fc.constantFrom("color", "protocol", "weight"), fc.constantFrom("blue", "grpc", "!", "\u0001")),
    hosts: fc.array(host, { maxLength: 3 }),
  });
  /** The same app, with fewer or more hosts: all else of it is the same objects, as where only those were read anew. */
  const formOf = (one: DroveApp | undefined, form: number) =>
    one && { ...one, hosts: [one.hosts, one.hosts.slice(1), [...one.hosts, endpoint("10.0.0.9")]][form] ?? [] };
  const settings = fc.constantFrom(
    [namespaceOf()],
    [namespaceOf({ routing_tag: "color" })],
    [namespaceOf({ realm_suffix: ".test", leader_vhost: "b.test" }), namespaceOf({ name: "b" })],
  );
  fc.assert(
    fc.property(
      fc.array(app, { maxLength: 6 }),
      fc.array(settings, { maxLength: 2 }),
      fc.array(fc.array(fc.tuple(fc.nat(5), fc.nat(2)), { maxLength: 6 }), { maxLength: 5 }),
      (pool, all, picks) => {
        const [build, namesIn, placer] = [createBuilder(), createNameFinder(), createPlacer()];
        for (const namespaces of all) {
          const config = haproxy({ namespaces });
          for (const pick of picks) {
            const apps = pick.flatMap(([index, form]) => formOf(pool[index], form) ?? []);
            const snapshots = [snapshotOf(apps), snapshotOf([...apps].reverse(), { namespace: "b" })];
            const built = build(snapshots, namespaces);
            assert.deepEqual(built, buildDesired(snapshots, namespaces));
            assert.deepEqual(namesIn(built.value), hostNamesOf(built.value));
            const from = { desired: built.value, addresses };
            assert.deepEqual(placer(config, addresses).all(built.value), backendsFor(config, from));
          }
        }
      },
    ),
  );
});

test("the names to resolve are those that are no address, each once", () => {
  const hosts = ["10.0.0.1", "n.test", "2001:db8::1", "m.test", "n.test"].map((host, index) =>
    endpoint(host, 80 + index),
  );
  const leader = { endpoint: "http://d.test", host: "d.test", port: 80 };
  const namespaces = [namespaceOf({ leader_vhost: "drove.test" })];
  const { value } = buildDesired([snapshotOf([appOf("A-1", "a.test", { hosts })], { leader })], namespaces);
  assert.deepEqual(hostNamesOf(value), ["n.test", "m.test", "d.test"]);
});

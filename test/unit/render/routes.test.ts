import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Backend, NamespaceView } from "../../../agent/model.ts";
import { buildRoutes } from "../../../agent/render/routes.ts";

/** A backend of a whole vhost, but for the given changes. */
function backendOf(vhost: string, changes: Partial<Backend> = {}): Backend {
  const name = changes.group === undefined ? vhost.replace("*", "-") : `${vhost.replace("*", "-")}_${changes.group}`;
  const rest = { group: undefined, routingTagKey: "", isDefault: true, servers: [], tags: {}, changesAtRuntime: true };
  return { name, vhost, ...rest, ...changes };
}

function groupsOf(vhost: string, routingTagKey: string, groups: readonly string[]): readonly Backend[] {
  return groups.map((group) => backendOf(vhost, { group, routingTagKey, isDefault: group === vhost }));
}

function namespaceOf(name: string, leaderVhost: string): NamespaceView {
  return { name, leaderVhost, leader: undefined, routingTag: "" };
}

const lines = (routes: readonly { readonly Key: string; readonly Backend: string }[]) =>
  routes.map(({ Key, Backend }) => `${Key} ${Backend}`);

describe("routes", () => {
  test("lead from each host to the backend that is its default", () => {
    const { Hosts } = buildRoutes([...groupsOf("b.test", "color", ["b.test", "blue"]), backendOf("a.test")], []);
    assert.deepEqual(lines(Hosts), ["a.test a.test", "b.test b.test_b.test"]);
  });

  test("lead from the longest end of a host first", () => {
    const vhosts = ["*.a.test", "*.x.a.test", "*.test", "a.test"].map((one) => backendOf(one));
    const { Hosts, Wildcards } = buildRoutes(vhosts, []);
    assert.deepEqual(lines(Hosts), ["a.test a.test"]);
    assert.deepEqual(lines(Wildcards), [".x.a.test -.x.a.test", ".a.test -.a.test", ".test -.test"]);
  });

  test("lead on to a group by header and value, from its own vhost only", () => {
    const backends = [
      ...groupsOf("a.test", "color", ["a.test", "blue"]),
      ...groupsOf("*.a.test", "X-Track", ["*.a.test", "blue", "v1.0:a_b"]),
    ];
    const { Groups, Headers } = buildRoutes(backends, []);
    assert.deepEqual(lines(Groups), [
      "a.test_a.test|color|blue a.test_blue",
      "-.a.test_*.a.test|X-Track|blue -.a.test_blue",
      "-.a.test_*.a.test|X-Track|v1.0:a_b -.a.test_v1.0:a_b",
    ]);
    assert.deepEqual(Headers, ["X-Track", "color"]);
  });

  for (const tag of ["two words", "a|b", "a,b", "a(b", "ä", "%[src]", ""]) {
    test(`know no header ${JSON.stringify(tag)}`, () => {
      const { Groups, Headers, Hosts } = buildRoutes(groupsOf("a.test", tag, ["a.test", "blue"]), []);
      assert.deepEqual([Groups, Headers, Hosts.length], [[], [], 1]);
    });
  }

  test("lead to the leading controllers, whose backends no app can have", () => {
    const namespaces = [namespaceOf("x", "drove.test"), namespaceOf("y", ""), namespaceOf("z", "*.drove.test")];
    const { Hosts, Wildcards } = buildRoutes([backendOf("leader-drove.test")], namespaces);
    assert.deepEqual(lines(Hosts), ["drove.test Leader-drove.test", "leader-drove.test leader-drove.test"]);
    assert.deepEqual(lines(Wildcards), [".drove.test Leader--.drove.test"]);
  });
});

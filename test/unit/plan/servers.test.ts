import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Backend, RunningBackends, RunningServer } from "../../../agent/model.ts";
import { diffServers } from "../../../agent/plan/servers.ts";
import { backendOf, havingAll, serverOf } from "./haproxy.ts";

function steps(backends: readonly Backend[], running: RunningBackends): readonly string[] {
  const found = diffServers(backends, { running, serverPrefix: "server_" });
  return found.map(({ kind, backend, server }) => `${kind} ${backend}/${server.name}`);
}

const a = backendOf("a.test");

test("a HAProxy that has what it should have needs no step", () => {
  assert.deepEqual(steps([a], havingAll([a])), []);
});

describe("one step", () => {
  const one = (changes: Partial<RunningServer>) => steps([a], havingAll([a], [changes]));

  test("for a server that is new", () => {
    assert.deepEqual(steps([a], havingAll([backendOf("a.test", { hosts: [] })])), ["add a.test/server_10.0.0.1_80"]);
  });

  test("for one at another address or port", () => {
    assert.deepEqual(one({ address: "10.0.0.2" }), ["readdress a.test/server_10.0.0.1_80"]);
    assert.deepEqual(one({ port: 81 }), ["readdress a.test/server_10.0.0.1_80"]);
    assert.deepEqual(one({ address: "-" }), ["readdress a.test/server_10.0.0.1_80"]);
  });

  test("for one that is wanted but takes no requests, on its way out or not", () => {
    assert.deepEqual(one({ state: "maintenance" }), ["enable a.test/server_10.0.0.1_80"]);
    assert.deepEqual(one({ state: "leaving" }), ["enable a.test/server_10.0.0.1_80"]);
  });

  test("for one that is not wanted, unless it is leaving already", () => {
    const empty = backendOf("a.test", { hosts: [] });
    assert.deepEqual(steps([empty], havingAll([a])), ["remove a.test/server_10.0.0.1_80"]);
    assert.deepEqual(steps([empty], havingAll([a], [{ state: "maintenance" }])), ["remove a.test/server_10.0.0.1_80"]);
    assert.deepEqual(steps([empty], havingAll([a], [{ state: "leaving" }])), []);
  });
});

describe("no step", () => {
  test("for one IPv6 address in two spellings", () => {
    const six = backendOf("a.test", { servers: [serverOf("2001:db8:0:0::1")] });
    assert.deepEqual(steps([six], havingAll([six], [{ address: "2001:db8::1" }])), []);
    assert.deepEqual(steps([six], havingAll([six], [{ address: "2001:db8::2" }])).length, 1);
  });

  test("for servers of other names, and for backends that change by reload or are not there", () => {
    const empty = backendOf("a.test", { hosts: [] });
    assert.deepEqual(steps([empty], havingAll([a], [{ name: "backup" }])), []);
    assert.deepEqual(steps([{ ...a, changesAtRuntime: false }], havingAll([empty])), []);
    assert.deepEqual(steps([a], havingAll([])), []);
  });
});

test("new servers come before leaving ones, in all backends", () => {
  const wanted = [backendOf("a.test", { hosts: ["10.0.0.2"] }), backendOf("b.test", { hosts: ["10.0.0.2"] })];
  assert.deepEqual(
    steps(wanted, havingAll([a, backendOf("b.test")])).map((step) => step.split(" ")[0]),
    ["add", "add", "remove", "remove"],
  );
});

test("whatever HAProxy has: once all steps are done it has just what it should, and needs no step", () => {
  const hosts = fc.uniqueArray(fc.integer({ min: 1, max: 6 }).map((last) => `10.0.0.${last}`));
  const state = fc.constantFrom("serving" as const, "maintenance" as const, "leaving" as const);
  fc.assert(
    fc.property(hosts, hosts, fc.array(state, { minLength: 6 }), (before, after, states) => {
      const old = havingAll(
        [backendOf("a.test", { hosts: before })],
        states.map((one) => ({ state: one })),
      );
      const wanted = backendOf("a.test", { hosts: after });
      const done = new Map(old.servers.map((server) => [server.name, server]));
      for (const step of diffServers([wanted], { running: old, serverPrefix: "server_" })) {
        const { name } = step.server;
        if (step.kind === "remove") done.delete(name);
        else done.set(name, { backend: "a.test", name, address: step.server.address, port: 80, state: "serving" });
      }
      const left = [...done.values()].filter(
        (server) => server.state !== "leaving" || after.some((host) => server.name.includes(host)),
      );
      assert.deepEqual(left.map((server) => server.address).sort(), [...after].sort());
      assert.ok(left.every((server) => server.state === "serving"));
    }),
  );
});

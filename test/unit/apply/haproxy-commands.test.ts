import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { commandsOf } from "../../../agent/apply/haproxy-commands.ts";
import type { Step } from "../../../agent/model.ts";
import { serverOf } from "../plan/haproxy.ts";

const add = (attributes: string, host = "10.0.0.1"): Step => ({
  kind: "add",
  backend: "a.test",
  server: serverOf(host, { attributes }),
});
const remove = (host: string): Step => ({ kind: "remove", backend: "a.test", server: serverOf(host) });
const lines = (...steps: readonly Step[]) => commandsOf(steps).map((command) => command.line);

describe("the exact commands", () => {
  test("of a new server: all attributes at once, then ready", () => {
    assert.deepEqual(lines(add("weight 10 ssl verify none")), [
      "add server a.test/server_10.0.0.1_80 10.0.0.1:80 weight 10 ssl verify none",
      "set server a.test/server_10.0.0.1_80 state ready",
    ]);
    assert.equal(lines(add(""))[0], "add server a.test/server_10.0.0.1_80 10.0.0.1:80");
  });

  test("of one with checks, which begin only when asked for", () => {
    assert.deepEqual(lines(add("check agent-check agent-port 9")).slice(1), [
      "enable health a.test/server_10.0.0.1_80",
      "enable agent a.test/server_10.0.0.1_80",
      "set server a.test/server_10.0.0.1_80 state ready",
    ]);
    assert.equal(lines(add("check-ssl")).length, 2);
  });

  test("of an IPv6 address, in brackets where a port follows", () => {
    const step = add("", "2001:db8::1");
    assert.equal(lines(step)[0], "add server a.test/server_2001_db8__1_80 [2001:db8::1]:80");
    assert.deepEqual(lines({ ...step, kind: "readdress" } as Step), [
      "set server a.test/server_2001_db8__1_80 addr 2001:db8::1 port 80",
    ]);
  });

  test("of one that is wanted again", () => {
    assert.deepEqual(lines({ kind: "enable", backend: "a.test", server: serverOf("10.0.0.1") }), [
      "set server a.test/server_10.0.0.1_80 state ready",
    ]);
  });

  test("of leaving ones: all out of the load balancing first, then deleted", () => {
    assert.deepEqual(lines(remove("10.0.0.1"), remove("10.0.0.2")), [
      "set server a.test/server_10.0.0.1_80 state maint",
      "set server a.test/server_10.0.0.2_80 state maint",
      "del server a.test/server_10.0.0.1_80",
      "del server a.test/server_10.0.0.2_80",
    ]);
  });
});

test("a new server beside others begins with a share of its weight, where it warms up", () => {
  const joins = { ...add("check weight 100"), joins: true } as Step;
  const after = (step: Step, warmsUp: boolean) =>
    commandsOf([step], { warmsUp })
      .map((command) => command.line)
      .slice(1);
  const [enable, ready] = [
    "enable health a.test/server_10.0.0.1_80",
    "set server a.test/server_10.0.0.1_80 state ready",
  ];
  assert.deepEqual(after(joins, true), [enable, "set weight a.test/server_10.0.0.1_80 10", ready]);
  assert.deepEqual(after(joins, false), [enable, ready]);
  assert.deepEqual(after(add("check weight 100"), true), [enable, ready]);
  assert.deepEqual(after({ ...joins, ...{ server: serverOf("10.0.0.1") } } as Step, true), [enable, ready], "weight 1");
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createResolver, type Lookup } from "../../../agent/dns/resolver.ts";
import { fakeClock, until } from "../agent/fake-clock.ts";

const forever = new AbortController().signal;

/** A DNS that answers from a table, which tests change: addresses, an error, or no answer at all. */
function fakeDns(table: Record<string, readonly string[] | Error | "hangs">) {
  const asked: string[] = [];
  const lookup: Lookup = async (host) => {
    asked.push(host);
    const answer = table[host] ?? new Error(`getaddrinfo ENOTFOUND ${host}`);
    if (answer === "hangs") return await new Promise(() => undefined);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { table, asked, lookup };
}

function resolverOf(table: Record<string, readonly string[] | Error | "hangs">, timeoutMs = 60_000) {
  const dns = fakeDns(table);
  const clock = fakeClock();
  const changes = { count: 0 };
  const resolver = createResolver({
    lookup: dns.lookup,
    clock,
    timeoutMs: () => timeoutMs,
    refreshMs: 30_000,
    onChange: () => {
      changes.count += 1;
    },
  });
  return { ...dns, clock, changes, resolver };
}

describe("resolve", () => {
  test("gives names their address, and addresses themselves", async () => {
    const { resolver, asked } = resolverOf({ "a.test": ["10.0.0.1"] });
    const { addresses, unresolved } = await resolver.resolve(["a.test", "10.9.9.9", "2001:db8::1", "a.test"], forever);
    const hosts = ["a.test", "10.9.9.9", "2001:db8::1", "other.test"];
    assert.deepEqual(
      hosts.map((host) => addresses.get(host)),
      ["10.0.0.1", "10.9.9.9", "2001:db8::1", undefined],
    );
    assert.deepEqual(unresolved, []);
    assert.deepEqual(asked, ["a.test"], "addresses are not asked for");
  });

  test("answers known names from memory", async () => {
    const { resolver, asked, table } = resolverOf({ "a.test": ["10.0.0.1"] });
    const first = await resolver.resolve(["a.test"], forever);
    table["a.test"] = ["10.0.0.2"];
    const second = await resolver.resolve(["a.test"], forever);
    assert.equal(second.addresses.get("a.test"), "10.0.0.1");
    assert.equal(second.fingerprint, first.fingerprint);
    assert.equal(second.addresses, first.addresses, "as an object");
    assert.equal(asked.length, 1);
  });

  test("forgets a name that is not asked for any more", async () => {
    const { resolver, asked } = resolverOf({ "a.test": ["10.0.0.1"], "b.test": ["10.0.0.2"] });
    await resolver.resolve(["a.test"], forever);
    await resolver.resolve(["b.test"], forever);
    await resolver.resolve(["a.test"], forever);
    assert.deepEqual(asked, ["a.test", "b.test", "a.test"]);
  });

  test("chooses the same address in whatever order they come, IPv4 first", async () => {
    for (const records of [
      ["2001:db8::1", "203.0.113.2", "203.0.113.1"],
      ["203.0.113.1", "203.0.113.2", "2001:db8::1"],
    ]) {
      const { resolver } = resolverOf({ "a.test": records });
      assert.equal((await resolver.resolve(["a.test"], forever)).addresses.get("a.test"), "203.0.113.1");
    }
    const { resolver } = resolverOf({ "a.test": ["2001:db8::2", "2001:db8::1"] });
    assert.equal((await resolver.resolve(["a.test"], forever)).addresses.get("a.test"), "2001:db8::1");
  });

  test("tells of a name without an address, and gives the others theirs", async () => {
    const { resolver } = resolverOf({ "a.test": ["10.0.0.1"], "empty.test": [] });
    const { addresses, unresolved } = await resolver.resolve(["a.test", "gone.test", "empty.test"], forever);
    assert.deepEqual(["a.test", "gone.test", "empty.test"].map(addresses.get), ["10.0.0.1", undefined, undefined]);
    assert.deepEqual(unresolved, [
      { host: "gone.test", reason: "getaddrinfo ENOTFOUND gone.test", kept: undefined },
      { host: "empty.test", reason: "has no address", kept: undefined },
    ]);
  });

  test("does not wait for a DNS that hangs", async () => {
    const { resolver, clock } = resolverOf({ "slow.test": "hangs", "a.test": ["10.0.0.1"] }, 2000);
    const pending = resolver.resolve(["slow.test", "a.test"], forever);
    await clock.asleep();
    await clock.advance(2000);
    const { addresses, unresolved } = await pending;
    assert.deepEqual(["slow.test", "a.test"].map(addresses.get), [undefined, "10.0.0.1"]);
    assert.deepEqual(
      unresolved.map(({ host, kept }) => [host, kept]),
      [["slow.test", undefined]],
    );
    assert.match(unresolved[0]?.reason ?? "", /in time|within 2 s/);
  });

  test("takes what comes late, and asks for no name twice at a time", async () => {
    const asked = new Map<string, (addresses: readonly string[]) => void>();
    const clock = fakeClock();
    const changes = { count: 0 };
    const resolver = createResolver({
      // A machine that looks up one name at a time.
      lookup: (host) => {
        assert.ok(!asked.has(host), `${host} is asked for already`);
        return new Promise((resolve) => asked.set(host, resolve));
      },
      clock,
      timeoutMs: () => 2000,
      refreshMs: 30_000,
      onChange: () => {
        changes.count += 1;
      },
    });
    const names = ["a.test", "b.test"];
    const pending = resolver.resolve(names, forever);
    await clock.asleep();
    asked.get("a.test")?.(["10.0.0.1"]);
    await clock.advance(2000);
    assert.deepEqual(
      (await pending).unresolved.map(({ host }) => host),
      ["b.test"],
    );
    const stop = new AbortController();
    const done = resolver.run(stop.signal);
    await clock.asleep();
    asked.delete("a.test");
    await clock.advance(5000);
    assert.equal(changes.count, 0);
    asked.get("b.test")?.(["10.0.0.2"]);
    await until(async () => changes.count === 1);
    const { addresses, unresolved } = await resolver.resolve(names, forever);
    assert.equal(addresses.get("b.test"), "10.0.0.2");
    assert.deepEqual(unresolved, []);
    stop.abort();
    asked.get("a.test")?.(["10.0.0.1"]);
    await done;
  });

  test("ends when the signal aborts, also when it had before", async () => {
    const stop = new AbortController();
    const { resolver } = resolverOf({ "slow.test": "hangs" });
    const pending = resolver.resolve(["slow.test"], stop.signal);
    stop.abort();
    assert.equal((await pending).unresolved.length, 1);
    assert.equal((await resolver.resolve(["other.test"], stop.signal)).unresolved.length, 1);
  });
});

describe("run", () => {
  /** A resolver that knows `a.test`, and its loop. */
  async function running(table: Record<string, readonly string[] | Error | "hangs"> = { "a.test": ["10.0.0.1"] }) {
    const parts = resolverOf(table);
    const first = await parts.resolver.resolve(["a.test"], forever);
    const stop = new AbortController();
    const done = parts.resolver.run(stop.signal);
    const again = () => parts.resolver.resolve(["a.test"], forever);
    return { ...parts, first, stop, done, again };
  }

  test("asks again after the interval, and says nothing if nothing changed", async () => {
    const { clock, asked, changes, stop, done } = await running();
    await clock.advance(29_999);
    assert.equal(asked.length, 1);
    await clock.advance(30_001);
    assert.equal(asked.length, 3);
    assert.equal(changes.count, 0);
    stop.abort();
    await done;
  });

  test("tells of an address that changed, once, and the fingerprint differs", async () => {
    const { clock, table, changes, stop, done, again, first } = await running();
    table["a.test"] = ["10.0.0.2"];
    await clock.advance(60_000);
    assert.equal(changes.count, 1);
    const second = await again();
    assert.equal(second.addresses.get("a.test"), "10.0.0.2");
    assert.notEqual(second.fingerprint, first.fingerprint);
    stop.abort();
    await done;
  });

  test("keeps the last address when DNS fails, says so, and asks more often until it is well", async () => {
    const { clock, table, asked, changes, stop, done, again, first } = await running();
    table["a.test"] = new Error("SERVFAIL");
    await clock.advance(30_000);
    const failing = await again();
    assert.equal(failing.addresses.get("a.test"), "10.0.0.1");
    assert.equal(failing.fingerprint, first.fingerprint, "nothing to render anew");
    assert.deepEqual(failing.unresolved, [{ host: "a.test", reason: "SERVFAIL", kept: "10.0.0.1" }]);
    const before = asked.length;
    await clock.advance(10_000);
    assert.equal(asked.length - before, 2);
    table["a.test"] = ["10.0.0.1"];
    await clock.advance(5000);
    assert.deepEqual((await again()).unresolved, []);
    assert.equal(changes.count, 0, "the address never changed");
    stop.abort();
    await done;
  });

  test("tells of a name that has an address at last", async () => {
    const { clock, table, changes, stop, done, again } = await running({});
    table["a.test"] = ["10.0.0.1"];
    await clock.advance(5000);
    assert.equal(changes.count, 1);
    assert.equal((await again()).addresses.get("a.test"), "10.0.0.1");
    stop.abort();
    await done;
  });

  test("asks nothing any more once it was told to stop, whatever DNS does", async () => {
    const { clock, table, asked, changes, stop, done } = await running();
    table["a.test"] = "hangs";
    await clock.asleep();
    stop.abort();
    await done;
    assert.equal(asked.length, 1);
    assert.equal(changes.count, 0);
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Substitutes } from "../../../agent/quarantine/apps.ts";
import { findFaults, type Refusal, type Suspect } from "../../../agent/quarantine/search.ts";

/** A proxy that refuses these apps, and says of each refusal what `says` makes of those that are in. */
function proxyThatRefuses(bad: ReadonlySet<string>, says: (inside: readonly string[]) => Partial<Refusal>) {
  const count = { trials: 0 };
  const judge = (substitutes: Substitutes): Refusal | undefined => {
    const inside = [...bad].filter((key) => !substitutes.has(key));
    if (inside.length === 0) return undefined;
    return { reason: `no ${inside[0]}`, hasLines: false, owners: [], ...says(inside) };
  };
  return {
    count,
    refusal: judge(new Map()) ?? { reason: "", hasLines: false, owners: [] },
    trial: async (substitutes: Substitutes) => {
      count.trials += 1;
      return judge(substitutes);
    },
  };
}

const named = (count: number): readonly Suspect[] =>
  Array.from({ length: count }, (_, at) => ({
    key: `app-${at}`,
    vhost: `${at}.test`,
    forms: [undefined],
  }));

const search = async (suspects: readonly Suspect[], proxy: ReturnType<typeof proxyThatRefuses>, mayGoOn = () => true) =>
  (await findFaults({ ...proxy, suspects, mayGoOn })).map((one) => one.key).toSorted();

describe("the search for apps that the proxy refuses", () => {
  test("follows the line that the proxy names: one check", async () => {
    const proxy = proxyThatRefuses(new Set(["app-700"]), (inside) => ({ hasLines: true, owners: inside }));
    assert.deepEqual(await search(named(1000), proxy), ["app-700"]);
    assert.equal(proxy.count.trials, 1);
  });

  test("takes one check for all of them where all are named, and one for each where only the first is", async () => {
    const bad = new Set(["app-3", "app-500", "app-999"]);
    const all = proxyThatRefuses(bad, (inside) => ({ hasLines: true, owners: inside }));
    assert.deepEqual(await search(named(1000), all), [...bad].toSorted());
    assert.equal(all.count.trials, 1);
    const first = proxyThatRefuses(bad, (inside) => ({ hasLines: true, owners: inside.slice(0, 1) }));
    assert.deepEqual(await search(named(1000), first), [...bad].toSorted());
    assert.equal(first.count.trials, 3);
  });

  test("finds one of a thousand without any line in 12 checks, wherever it is", async () => {
    const counts = await Promise.all(
      [0, 1, 499, 500, 731, 998, 999].map(async (at) => {
        const proxy = proxyThatRefuses(new Set([`app-${at}`]), () => ({}));
        assert.deepEqual(await search(named(1000), proxy), [`app-${at}`]);
        return proxy.count.trials;
      }),
    );
    assert.ok(Math.max(...counts) <= 12, String(counts));
  });

  test("lets go whoever only shares a vhost with it", async () => {
    const proxy = proxyThatRefuses(new Set(["app-1"]), () => ({ hasLines: true, owners: ["app-1", "app-2"] }));
    const suspects = named(10).map((one) => ({ ...one, vhost: "same.test" }));
    assert.deepEqual(await search(suspects, proxy), ["app-1"]);
  });

  test("is not misled by a line of an innocent", async () => {
    const proxy = proxyThatRefuses(new Set(["app-7"]), () => ({ hasLines: true, owners: ["app-1"] }));
    assert.deepEqual(await search(named(10), proxy), ["app-7"]);
  });

  test("ends after one look if the line is the template's own, and is refused without any app", async () => {
    const count = { trials: 0 };
    const refusal = { reason: "no", hasLines: true, owners: [] };
    const trial = async () => {
      count.trials += 1;
      return refusal;
    };
    assert.deepEqual(await findFaults({ refusal, suspects: named(1000), trial, mayGoOn: () => true }), []);
    assert.equal(count.trials, 1);
  });

  test("blames nobody if the config is refused whatever the apps are", async () => {
    const refusal = { reason: "no", hasLines: false, owners: [] };
    const trial = async () => refusal;
    assert.deepEqual(await findFaults({ refusal, suspects: named(100), trial, mayGoOn: () => true }), []);
    assert.deepEqual(await findFaults({ refusal, suspects: [], trial, mayGoOn: () => true }), []);
  });

  test("takes the next form where the first is refused too", async () => {
    const app = (vhost: string) => ({ appName: "a", appId: "a-1", vhost, tags: {}, hosts: [] });
    const [better, older] = [app("better.test"), app("older.test")];
    const refusal = { reason: "no", hasLines: true, owners: ["a"] };
    const trial = async (substitutes: Substitutes) => (substitutes.get("a") === older ? undefined : refusal);
    const suspects = [{ key: "a", vhost: "a.test", forms: [better, older] }];
    const found = await findFaults({ refusal, suspects, trial, mayGoOn: () => true });
    assert.deepEqual(found, [{ key: "a", form: older, reason: "no" }]);
  });

  test("finds every set of bad apps, whatever the proxy says of lines, in few checks for each", async () => {
    const some = fc.integer({ min: 1, max: 200 }).chain((count) =>
      fc.record({
        count: fc.constant(count),
        bad: fc.uniqueArray(fc.nat(count - 1), { minLength: 1, maxLength: 6 }),
        lines: fc.constantFrom("none", "first", "all"),
      }),
    );
    await fc.assert(
      fc.asyncProperty(some, async ({ count, bad, lines }) => {
        const keys = bad.map((at) => `app-${at}`);
        const proxy = proxyThatRefuses(new Set(keys), (inside) =>
          lines === "none" ? {} : { hasLines: true, owners: lines === "all" ? inside : inside.slice(0, 1) },
        );
        assert.deepEqual(await search(named(count), proxy), keys.toSorted());
        const most = bad.length * (Math.ceil(Math.log2(count + 1)) + 1) + 1;
        assert.ok(proxy.count.trials <= most, `${proxy.count.trials} > ${most}`);
      }),
    );
  });

  test("ends when its time is over, with what it has found", async () => {
    const bad = new Set(["app-3", "app-90"]);
    const proxy = proxyThatRefuses(bad, () => ({}));
    const found = await search(named(100), proxy, () => proxy.count.trials < 10);
    assert.deepEqual(found, ["app-3"]);
  });
});

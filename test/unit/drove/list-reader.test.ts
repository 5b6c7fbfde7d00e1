import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { createListReader } from "../../../agent/drove/list-reader.ts";
import { type AppList, readEndpoints } from "../../../agent/drove/schema.ts";
import { exposedApp, exposedHost } from "../../fake/exposed-app.ts";
import { malformedApps } from "../../fake/malformed.ts";

const answer = (data: unknown) => JSON.stringify({ status: "SUCCESS", data, message: "success" });
const appOf = (name: string, port = 31_000) => exposedApp({ name, hosts: [exposedHost(port)] });
const shops = ["a", "b", "c", "d"].map((name) => appOf(name));

/** What both say to a text: the list, or why there is none. */
function outcome(read: (text: string) => AppList, text: string): unknown {
  try {
    return read(text);
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
}

/** Reads one answer after the other, and each as if it were the only one. */
function readBoth(...texts: readonly string[]): readonly AppList[] {
  const read = createListReader();
  return texts.map((text) => {
    assert.deepEqual(outcome(read, text), outcome(readEndpoints, text), text);
    return read(text);
  });
}

describe("an app that has not changed is the same object again", () => {
  const kept = (before: AppList, after: AppList) =>
    after.value.filter((app) => before.value.includes(app)).map((app) => app.appName);

  test("where others have", () => {
    const [before, after] = readBoth(answer(shops), answer([shops[0], appOf("b", 31_001), ...shops.slice(2)]));
    assert.deepEqual(before && after && kept(before, after), ["a", "c", "d"]);
  });

  test("where others have come or gone", () => {
    const [all, fewer, more] = readBoth(
      answer(shops),
      answer([shops[0], ...shops.slice(3)]),
      answer([appOf("new"), ...shops.slice(0, 1), appOf("newer"), ...shops.slice(3)]),
    );
    assert.deepEqual(all && fewer && kept(all, fewer), ["a", "d"]);
    assert.deepEqual(fewer && more && kept(fewer, more), ["a", "d"]);
  });

  test("where the order is another one", () => {
    const [before, after] = readBoth(answer(shops), answer([...shops].reverse()));
    assert.equal(before && after && kept(before, after).length, 4);
  });

  test("and after an answer that could not be read", () => {
    const read = createListReader();
    const before = read(answer(shops));
    assert.throws(() => read(`${answer(shops).slice(0, -30)}`));
    assert.deepEqual(kept(before, read(answer(shops))).length, 4);
  });
});

describe("an app whose hosts come and go", () => {
  const at = (...ports: readonly number[]) => exposedApp({ name: "a", hosts: ports.map((port) => exposedHost(port)) });
  const hostsIn = (list: AppList | undefined) => list?.value[0]?.hosts ?? [];

  test("has the same objects for those that stay", () => {
    const lists = readBoth(
      ...[at(1, 2, 3), at(2, 3, 4), at(3, 5, 4, 6), at(6), at(6, 3, 7)].map((app) => answer([app])),
    );
    const kept = lists.map(
      (list, index) => hostsIn(list).filter((host) => hostsIn(lists[index - 1]).includes(host)).length,
    );
    assert.deepEqual(kept, [0, 2, 2, 1, 1]);
  });

  const behind = (text: string, more: string) => text.replace("]},{", `],${more}},{`);
  const changes: readonly (readonly [string, (text: string, turn: number) => string])[] = [
    ["has others", (text) => text.replace('"port":2', '"port":9')],
    ["loses all", (text) => text.replace(/"hosts":\[.*?\]/, '"hosts":[]')],
    ["has one that cannot be read", (text) => text.replace('"port":2', '"port":"2"')],
    ["has one without an end", (text) => text.replace('"port":2', '"port":2,"x":{"y":1}')],
    ["has braces in a host", (text) => text.replace('"port":2', '"port":2,"x":"}{"')],
    ["has something else besides", (text) => text.replace('"hosts":[', '"more":[1],"hosts":[')],
    ["has another vhost", (text, turn) => text.replace('"a.test"', `"${turn}.test"`)],
    ["has other tags behind its hosts", (text, turn) => behind(text, `"tags":{"turn":"${turn}"}`)],
    ["has two lists of hosts, at first alike", (text) => behind(text, `"hosts":${JSON.stringify(at(1, 2).hosts)}`)],
    ["spells one of them otherwise", (text) => behind(text, `"h\\u006fsts":${JSON.stringify(at(1, 2).hosts)}`)],
    ["has a tag of that name", (text) => text.replace('"tags":null', '"tags":{"hosts":"[{"}')],
    ["has white space", (text) => text.replaceAll(",", " ,\n").replaceAll("[", "[ ")],
    ["has no end", (text) => text.slice(0, text.indexOf('"port":2') + 8)],
  ];
  for (const [how, change] of changes)
    test(`and that ${how} is read as any other`, () => {
      const texts = [at(1, 2), at(1, 3, 2), at(2, 3), at(3, 2)].map((app) => answer([app, appOf("b")]));
      const changed = texts.map((text, turn) => change(text, turn));
      assert.notDeepEqual(changed, texts);
      const lists = [
        [...changed, ...changed],
        [...texts, ...changed, ...texts],
        texts.flatMap((text, at) => [text, changed[at] ?? ""]),
      ];
      for (const list of lists) {
        const read = createListReader();
        for (const text of list) assert.deepEqual(outcome(read, text), outcome(readEndpoints, text), text);
      }
    });
});

describe("what is read is what readEndpoints reads", () => {
  test("of apps with something to note, wherever they stand by then", () => {
    readBoth(
      answer([...malformedApps, ...shops]),
      answer([...shops, ...malformedApps]),
      answer([shops[1], ...malformedApps.slice(1), shops[0]]),
    );
  });

  test("of texts that hold what looks like a list", () => {
    const tricky = ["}", '"}', "\\", '\\"}', "[{", "]}", "{", "},{", '","data":[', "\u2028é"];
    const tagged = tricky.map((text, index) => exposedApp({ name: `t${index}`, tags: { [text]: text }, hosts: [] }));
    readBoth(answer(tagged), answer([...tagged].reverse()), answer([...tagged, ...shops]));
  });

  test("however it is laid out", () => {
    const pretty = JSON.stringify({ message: null, status: "SUCCESS", data: shops }, undefined, 2);
    const [first, second] = readBoth(pretty, pretty.replace("31000", "31009"));
    assert.equal(second?.value[1], first?.value[1], "it is taken apart all the same");
    readBoth(
      answer([]),
      JSON.stringify({ data: [], status: "SUCCESS" }),
      JSON.stringify({ extra: { data: [] }, status: "SUCCESS", data: shops }),
      JSON.stringify({ status: "SUCCESS", data: shops, extra: [1] }),
      `{"status":"SUCCESS","data":${JSON.stringify(shops)},"data":[]}`,
      answer([1, "x", null, [], ...shops]),
      answer([...shops, 1]),
    );
  });

  test("of white space that is none in JSON", () => {
    const [one, other] = shops.map((app) => JSON.stringify(app));
    for (const space of ["\ufeff", "\u00a0", "\u2028", "\f"])
      for (const [head, middle, tail] of [
        [space, "", ""],
        ["", space, ""],
        ["", "", space],
      ])
        assert.throws(
          () => createListReader()(`{"status":"SUCCESS","data":[${head}${one}${middle},${other}${tail}],"message":""}`),
          /is not JSON/,
        );
  });

  test("of a failure, and of what is none of it", () => {
    const good = answer(shops);
    const read = createListReader();
    read(good);
    const broken = [
      good.replace("SUCCESS", "FAILED"),
      good.replace("SUCCESS", "MAYBE"),
      good.replace('"status":"SUCCESS",', ""),
      good.replace("},{", "} {"),
      good.replace("},{", "},,{"),
      good.replace("]},", "]"),
      good.replace("]}]", "]},]"),
      good.replace('"b"', "b"),
      `${good}x`,
      `x${good}`,
      good.slice(0, -1),
      good.slice(0, good.length / 2),
      "",
      "[]",
      "{}",
    ];
    for (const text of broken) assert.deepEqual(outcome(read, text), outcome(readEndpoints, text), text);
  });

  test("whatever follows upon what", () => {
    const value = fc.oneof(fc.constantFrom("a", '"', "\\", "{", "}", "]", ","), fc.string(), fc.jsonValue());
    const app = fc.record(
      {
        appId: fc.oneof(fc.constantFrom("a-1", "b-1", "c-1"), value),
        vhost: fc.oneof(fc.constantFrom("a.test", "b.test"), value),
        tags: fc.oneof(fc.constant({}), fc.dictionary(fc.string(), value)),
        hosts: fc.oneof(fc.constant([]), fc.array(fc.oneof(fc.constant(exposedHost(31_000)), value))),
      },
      { requiredKeys: [] },
    );
    const list = fc.array(fc.oneof({ weight: 9, arbitrary: app }, { weight: 1, arbitrary: value }), { maxLength: 6 });
    const layout = fc.constantFrom(undefined, 1);
    fc.assert(
      fc.property(fc.array(fc.tuple(list, layout), { maxLength: 4 }), (answers) => {
        const texts = answers.map(([data, space]) => JSON.stringify({ status: "SUCCESS", data }, undefined, space));
        readBoth(...texts, ...texts);
      }),
    );
  });
});

import assert from "node:assert/strict";
import { isIP } from "node:net";
import { describe, test } from "node:test";
import fc from "fast-check";
import { checkGroup, checkHost, checkPort, checkTagValue, checkVhost, quoted } from "../../../agent/desired/names.ts";

/** Written anew, and character by character, so that a slip in the code's own pattern shows. */
function isStrictHostName(name: string): boolean {
  const labels = name.split(".");
  const letters = "abcdefghijklmnopqrstuvwxyz0123456789_";
  const isLabel = (part: string) =>
    part.length >= 1 &&
    part.length <= 63 &&
    [...part].every((char) => letters.includes(char) || char === "-") &&
    !part.startsWith("-") &&
    !part.endsWith("-");
  return name.length <= 253 && labels.every(isLabel);
}

const meta = [
  ";",
  "{",
  "}",
  '"',
  "'",
  "\\",
  "$",
  "#",
  "~",
  "*",
  "(",
  ")",
  "<",
  ">",
  "|",
  "&",
  "%",
  "\0",
  "\n",
  "\r",
  "\t",
  " ",
];
const pieces = [
  "a",
  "b",
  "A",
  "0",
  "9",
  "-",
  "_",
  ".",
  ":",
  "[",
  "]",
  "/",
  "é",
  "\u212a",
  "\u0130",
  "\u2028",
  "xn--",
  ...meta,
];
const tricky = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "grapheme", maxLength: 3 })), {
  maxLength: 12,
});
const adversarial = fc.oneof(
  tricky.map((parts) => parts.join("")),
  tricky.map((parts) => `good.test${parts.join("")}`),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.domain().map((name) => name.toUpperCase()),
);

const label = fc
  .array(fc.constantFrom(..."abcxyz019_-"), { minLength: 1, maxLength: 63 })
  .map((chars) => chars.join(""))
  .filter((text) => !text.startsWith("-") && !text.endsWith("-"));
const goodName = fc
  .array(label, { minLength: 1, maxLength: 5 })
  .map((labels) => labels.join("."))
  .filter((name) => name.length <= 253 && isIP(name) === 0 && name !== "_");

describe("a vhost", () => {
  test("that is accepted matches the strict grammar, whatever was sent", () => {
    fc.assert(
      fc.property(adversarial, (raw) => {
        const checked = checkVhost(raw);
        if (!checked.ok) return;
        assert.ok(isStrictHostName(checked.value.replace(/^\*\./, "")), checked.value);
        assert.equal(isIP(checked.value), 0);
        assert.ok(!meta.some((char) => checked.value.replace(/^\*\./, "").includes(char)));
        assert.deepEqual(checkVhost(checked.value), checked, "checking twice changes nothing");
      }),
      { numRuns: 3000 },
    );
  });

  test("that is a host name is accepted: in any case, with a dot at the end, with a wildcard in front", () => {
    fc.assert(
      fc.property(goodName, fc.constantFrom("", "*."), fc.constantFrom("", "."), (name, front, end) => {
        fc.pre(front !== "" || isIP(name) === 0);
        assert.deepEqual(checkVhost(`${front}${name.toUpperCase()}${end}`), { ok: true, value: `${front}${name}` });
      }),
    );
  });

  const refusals: readonly (readonly [string, RegExp])[] = [
    ["", /is empty/],
    [".", /is empty/],
    ["*.", /has "\*"/],
    ["_", /is not a host name/],
    ["a.test; } server { listen 81;", /has "test; } server { listen 81;"/],
    ["a b.test", /has "a b"/],
    ['"a.test"', /has "\\"a"/],
    ["a.test\nserver_name b", /has control characters/],
    ["a\0.test", /has control characters/],
    [`${"a".repeat(300)}.test`, /has 305 characters, more than 253/],
    [`${"a".repeat(64)}.test`, /between its dots/],
    ["a..test", /has "" between its dots/],
    [".test", /between its dots/],
    ["a.test..", /between its dots/],
    ["a.*.test", /has "\*"/],
    ["a.*", /has "\*"/],
    ["*", /has "\*"/],
    ["**.test", /has "\*\*"/],
    ["-a.test", /has "-a"/],
    ["a-.test", /has "a-"/],
    ["~^.*$", /between its dots/],
    ["$host", /has "\$host"/],
    ["10.0.0.1", /is an IP address/],
    ["*.10.0.0.1", /is an IP address/],
    ["::1", /is an IP address/],
    ["a.test:80", /has "test:80"/],
    ["bücher.test", /outside ASCII; use the xn-- form/],
    ["ban\u212a.test", /outside ASCII/],
  ];
  for (const [raw, reason] of refusals) {
    test(`${quoted(raw)} is refused`, () => {
      const checked = checkVhost(raw);
      assert.ok(!checked.ok);
      assert.match(checked.reason, reason);
      assert.doesNotMatch(checked.reason, /\p{Cc}/u, "the reason is one line");
    });
  }

  test("is good in all the forms that the field has", () => {
    for (const raw of ["a.test", "A.Test", "a.test.", "*.a.test", "xn--bcher-kva.test", "my_app.test", "single"])
      assert.ok(checkVhost(raw).ok, raw);
    const longest = `${`${"a".repeat(49)}.`.repeat(5)}com`;
    assert.equal(longest.length, 253);
    assert.ok(checkVhost(longest).ok);
    assert.ok(!checkVhost(`a${longest}`).ok);
  });
});

describe("a host", () => {
  test("that is accepted is an IP address or matches the strict grammar", () => {
    fc.assert(
      fc.property(fc.oneof(adversarial, fc.ipV4(), fc.ipV6(), fc.ipV4Extended()), (raw) => {
        const checked = checkHost(raw);
        if (!checked.ok) return;
        assert.ok(isIP(checked.value) !== 0 || isStrictHostName(checked.value), checked.value);
        assert.doesNotMatch(checked.value, /[%[\]]/);
        assert.deepEqual(checkHost(checked.value), checked);
      }),
      { numRuns: 3000 },
    );
  });

  test("may be an IP address, in brackets or not, or a name", () => {
    assert.deepEqual(checkHost("10.0.0.1"), { ok: true, value: "10.0.0.1" });
    assert.deepEqual(checkHost("2001:DB8::1"), { ok: true, value: "2001:db8::1" });
    assert.deepEqual(checkHost("[2001:db8::1]"), { ok: true, value: "2001:db8::1" });
    assert.deepEqual(checkHost("Executor07.Example."), { ok: true, value: "executor07.example" });
  });

  test("cannot be a half address, a socket, a zone or a directive", () => {
    const raws = [
      "127.1",
      "0x7f000001",
      "0x7f.1",
      "2130706433",
      "256.0.0.1",
      "fe80::1%eth0",
      "unix:/run/docker.sock",
      "",
      "[]",
    ];
    raws.push("127.0.0.1:1; } server { listen 1;", "*.a.test", "a.test:80", "10.0.0.1 weight=9", "$host");
    for (const raw of raws) assert.ok(!checkHost(raw).ok, raw);
  });
});

describe("a port", () => {
  test("is a whole number from 1 to 65535", () => {
    for (const port of [1, 80, 65_535]) assert.deepEqual(checkPort(port), { ok: true, value: port });
    for (const port of [0, -1, 70_000, 65_536, 80.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      const checked = checkPort(port);
      assert.ok(!checked.ok);
      assert.match(checked.reason, /^port \S+ is not from 1 to 65535$/);
    }
  });
});

describe("a group's name", () => {
  test("that is accepted has only letters, digits and . _ : - in lower case", () => {
    fc.assert(
      fc.property(adversarial, (raw) => {
        const checked = checkGroup(raw);
        if (!checked.ok) return;
        assert.ok(checked.value.length >= 1 && checked.value.length <= 128);
        assert.ok([...checked.value].every((char) => "abcdefghijklmnopqrstuvwxyz0123456789._:-".includes(char)));
      }),
      { numRuns: 2000 },
    );
  });

  test("is lower-cased", () => {
    assert.deepEqual(checkGroup("Blue-1"), { ok: true, value: "blue-1" });
    assert.ok(!checkGroup("").ok);
    assert.ok(!checkGroup("a b").ok);
    assert.ok(!checkGroup("a".repeat(129)).ok);
  });
});

describe("a tag's value", () => {
  test("is any text on one line of at most 4096 characters", () => {
    assert.ok(checkTagValue("").ok);
    assert.ok(checkTagValue('quotes " and $ are for the template to handle').ok);
    assert.ok(checkTagValue("x".repeat(4096)).ok);
    assert.ok(!checkTagValue("x".repeat(4097)).ok);
    for (const raw of ["a\nb", "a\0", "\u0085", "\u001b[2J"]) assert.ok(!checkTagValue(raw).ok, quoted(raw));
  });
});

test("quoted text is one short printable line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (raw) => {
      const text = quoted(raw);
      assert.doesNotMatch(text, /[\p{Cc}\u2028\u2029]/u);
      assert.ok(text.length <= 6 * 81 + 2);
      if (raw.length <= 80) assert.equal(JSON.parse(text), raw);
    }),
  );
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { dnsNameOf, learnedForm, namesAsked, seedMark, seedsOf, twinOf, withoutSeeds } from "../../../agent/seeds.ts";

const text = `http {
  upstream gw_a.test {
    server gw_a.test.gateway.internal service=http resolve max_fails=0;
    server 10.0.0.1:8080 max_fails=0 weight=7; ${seedMark}
    server [2001:db8::1]:81; ${seedMark}
    keepalive 64;
  }
  upstream own { server 10.9.9.9:80; }
  upstream gw_B.test {
\tserver gw_B.test.gateway.internal service=http resolve;
  }
  server { listen 80; } # server 10.0.0.1:80;
}
`;

const generation = fc.stringMatching(/^[0-9a-f]{16}$/);
const line = fc.oneof(
  fc.constantFrom("", "server 10.0.0.1:80;", "}", "server x.gateway.internal service=http resolve;", seedMark),
  fc.string({ unit: "grapheme-ascii" }),
  fc.ipV4().map((address) => `  server ${address}:80; ${seedMark}`),
);
const anyText = fc.array(line).map((lines) => lines.join("\n"));

describe("seeds", () => {
  test("are read by the name that nginx asks for, with their weights", () => {
    assert.deepEqual(
      [...seedsOf(text)],
      [
        [
          "gw_a.test.gateway.internal",
          [
            { address: "10.0.0.1", port: 8080, weight: 7 },
            { address: "2001:db8::1", port: 81, weight: 1 },
          ],
        ],
        ["gw_b.test.gateway.internal", []],
      ],
    );
  });

  test("that stand before any upstream, or in what is no config, are nobody's", () => {
    assert.deepEqual([...seedsOf(`server 10.0.0.1:80; ${seedMark}\n`)], []);
    assert.deepEqual([...seedsOf("")], []);
  });

  test("are taken out by line, with nothing else", () => {
    const expected = text.split("\n").filter((one) => !one.includes(seedMark));
    assert.equal(withoutSeeds(text), expected.join("\n"));
    assert.equal(withoutSeeds(`a\nserver 10.0.0.1:80; ${seedMark}`), "a\n");
    const property = fc.property(anyText, (any) => {
      const kept = `${any}\n`.split("\n").filter((one) => !one.includes(seedMark));
      assert.equal(withoutSeeds(`${any}\n`), kept.join("\n"));
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("are gone once they are taken out, and doing so again changes nothing", () => {
    const property = fc.property(anyText, (any) => {
      const bare = withoutSeeds(any);
      assert.ok(!bare.includes(seedMark));
      assert.equal(withoutSeeds(bare), bare);
      assert.ok([...seedsOf(bare).values()].every((seeds) => seeds.length === 0));
      assert.deepEqual([...seedsOf(bare).keys()], [...seedsOf(any).keys()]);
      assert.deepEqual([...namesAsked(any)], [...seedsOf(any).keys()]);
    });
    fc.assert(property, { numRuns: 500 });
  });
});

describe("the learned form", () => {
  test("has no seeds and another generation wherever the text has its own", () => {
    const form = learnedForm(`# 0123456789abcdef\n${text}return 200 "0123456789abcdef";\n`, "0123456789abcdef");
    assert.equal(form.generation, "fedcba9876543210");
    assert.equal(form.text, `# fedcba9876543210\n${withoutSeeds(text)}return 200 "fedcba9876543210";\n`);
  });

  test("of the learned form has the first generation, and the text without seeds", () => {
    const property = fc.property(anyText, generation, (any, own) => {
      const whole = `# ${own}\n${any}`;
      const form = learnedForm(whole, own);
      assert.notEqual(form.generation, own);
      assert.match(form.generation, /^[0-9a-f]{16}$/);
      assert.equal(twinOf(twinOf(own)), own);
      const back = learnedForm(form.text, form.generation);
      assert.deepEqual(back, { generation: own, text: withoutSeeds(whole) });
    });
    fc.assert(property);
  });
});

describe("the name that nginx asks for", () => {
  test("is the upstream's in lower case, within the zone", () => {
    assert.equal(dnsNameOf("gw_Shop.test"), "gw_shop.test.gateway.internal");
    assert.equal(dnsNameOf("a".repeat(63)), `${"a".repeat(63)}.gateway.internal`);
  });

  test("is none where DNS has no room for it", () => {
    assert.equal(dnsNameOf("a".repeat(64)), undefined);
    assert.equal(dnsNameOf(Array.from({ length: 50 }, () => "abcd").join(".")), undefined);
  });
});

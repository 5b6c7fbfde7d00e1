import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  atLeast,
  commentText,
  haproxyArgument,
  haproxyFormat,
  haproxyString,
  hashBucketSize,
  hashMaxSize,
  nginxString,
  servingOf,
  upstreamName,
} from "../../../agent/render/helpers.ts";
import type { HostData } from "../../../agent/render/template-data.ts";
import { dataOf, vhostOf } from "./fixtures.ts";

describe("nginxString", () => {
  test("quotes what nginx can quote", () => {
    assert.equal(nginxString(`a "b" \\ ; { } '#'`), `"a \\"b\\" \\\\ ; { } '#'"`);
  });

  test("throws for what nginx cannot quote", () => {
    for (const value of ["$host", "a\nb", "\0", "\u0085"])
      assert.throws(() => nginxString(value), /cannot stand in an nginx string/);
  });

  test("reads back as it was, by nginx's rules, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        fc.pre(!/[\p{Cc}$]/u.test(value));
        const quoted = nginxString(value);
        assert.match(quoted, /^"(?:[^"\\]|\\["\\])*"$/s, "no quote ends it early");
        assert.equal(quoted.slice(1, -1).replaceAll(/\\(["\\])/g, "$1"), value);
      }),
    );
  });
});

describe("haproxyString", () => {
  test("leaves bare what is one plain word to HAProxy", () => {
    for (const word of ["/run/haproxy/admin.sock", "ipv6@[::1]:9999", "50%"]) assert.equal(haproxyString(word), word);
  });

  test("quotes all else, so that nothing in it means anything", () => {
    assert.equal(haproxyString(`a "b" #c $d \\e`), `'a "b" #c $d \\e'`);
    assert.equal(haproxyString("it's"), String.raw`'it'\''s'`);
    assert.equal(haproxyString(""), "''");
    for (const value of ["a\nb", "\0", "\u0085"]) assert.throws(() => haproxyString(value), /control character/);
  });

  test("reads back as it was, by HAProxy's rules, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        fc.pre(!/\p{Cc}/u.test(value));
        assert.equal(wordOf(haproxyString(value)), value);
      }),
    );
  });

  test("of a log-format has no variables", () => {
    assert.equal(haproxyFormat("50% of %[src]"), "'50%% of %%[src]'");
  });
});

test("haproxyArgument takes what needs no quotes in an expression, and nothing else", () => {
  assert.equal(haproxyArgument("/etc/ha-proxy_1/a.map"), "/etc/ha-proxy_1/a.map");
  for (const value of ["", "/a b", "/a,b", "/a)", "/a'b", '/a"b', "/a#", "/$a", "/a\\b"])
    assert.throws(() => haproxyArgument(value), /cannot stand in an expression/);
});

/** The one word that HAProxy makes of a text: single quotes, a backslash, or a bare word; undefined if it is not one. */
function wordOf(text: string): string | undefined {
  const rest = text.replace(/^(?:'[^']*'|\\.|[^\s'"\\#$])*/su, "");
  if (rest !== "" || text === "") return undefined;
  return [...text.matchAll(/'([^']*)'|\\(.)|([^'"\\]+)/gsu)]
    .map(([, quoted, escaped, bare]) => quoted ?? escaped ?? bare)
    .join("");
}

describe("upstreamName", () => {
  test("keeps apart what nginx would take for the same", () => {
    assert.equal(upstreamName("a.test"), "gw_a.test");
    assert.equal(upstreamName("*.a.test"), "gw_-.a.test");
  });

  test("is another one for every vhost", () => {
    const label = fc.stringMatching(/^[a-z0-9_]([a-z0-9_-]{0,3}[a-z0-9_])?$/);
    const vhost = fc
      .tuple(fc.constantFrom("", "*."), fc.array(label, { minLength: 1, maxLength: 3 }))
      .map(([front, labels]) => front + labels.join("."));
    fc.assert(
      fc.property(vhost, vhost, (one, other) => {
        assert.equal(upstreamName(one) === upstreamName(other), one === other);
        assert.match(upstreamName(one), /^[a-z0-9_.-]+$/);
      }),
    );
  });
});

test("commentText is one short printable line", () => {
  assert.equal(commentText("A-1\nserver {"), "A-1?server {");
  assert.equal(commentText("é\u2028"), "??");
  assert.equal(commentText("x".repeat(500)).length, 200);
});

describe("servingOf", () => {
  const host = (portType: string, port = 80): HostData => ({
    Host: "10.0.0.1",
    Port: port,
    PortType: portType,
    Weight: 1,
    Address: "10.0.0.1",
  });
  const serving = (types: readonly string[], tags: Readonly<Record<string, string>> = {}) => {
    const app = dataOf({ vhosts: [vhostOf("a.test", { tags })] }).Vhosts[0];
    assert.ok(app);
    const { scheme, hosts, leftOut } = servingOf({ ...app, Hosts: types.map((type) => host(type)) });
    return [scheme, hosts.length, leftOut.length];
  };

  test("goes by the port type", () => {
    assert.deepEqual(serving(["http", "http"]), ["http", 2, 0]);
    assert.deepEqual(serving(["https"]), ["https", 1, 0]);
    assert.deepEqual(serving(["tcp"]), ["http", 1, 0]);
    assert.deepEqual(serving([]), ["http", 0, 0]);
  });

  test("of a mixed vhost serves the more frequent, HTTP if they are equal", () => {
    assert.deepEqual(serving(["http", "https", "https"]), ["https", 2, 1]);
    assert.deepEqual(serving(["http", "https"]), ["http", 1, 1]);
  });

  test("never sends to UDP", () => {
    assert.deepEqual(serving(["udp", "udp", "http"]), ["http", 1, 0]);
    assert.deepEqual(serving(["udp", "https"]), ["https", 1, 0]);
    assert.deepEqual(serving(["udp"]), ["http", 0, 0]);
  });

  test("speaks gRPC where the tag says so", () => {
    assert.deepEqual(serving(["http"], { protocol: "gRPC" }), ["grpc", 1, 0]);
    assert.deepEqual(serving(["https"], { protocol: "grpc" }), ["grpcs", 1, 0]);
    assert.deepEqual(serving(["http"], { protocol: "h2c" }), ["http", 1, 0]);
  });
});

describe("nginx's hash of server names", () => {
  test("has buckets for the longest name", () => {
    const of = (length: number) => hashBucketSize(["a.test", "a".repeat(length)]);
    assert.deepEqual([of(6), of(100), of(101), of(220), of(221), of(253)], [128, 128, 256, 256, 512, 512]);
    assert.equal(hashBucketSize([]), 128);
  });

  test("may have twice as many buckets as names, a power of two, at least 512", () => {
    assert.deepEqual([0, 1, 256, 257, 5000].map(hashMaxSize), [512, 512, 512, 1024, 16_384]);
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), (count) => {
        const size = hashMaxSize(count);
        assert.ok(size >= 2 * count && Number.isInteger(Math.log2(size)));
      }),
    );
  });
});

test("atLeast compares versions by number", () => {
  assert.ok(atLeast([1, 30, 6], [1, 27, 4]));
  assert.ok(atLeast([1, 27, 4], [1, 27, 4]));
  assert.ok(atLeast([2, 0, 0], [1, 27, 4]));
  assert.ok(!atLeast([1, 27, 3], [1, 27, 4]));
  assert.ok(!atLeast([1, 9, 15], [1, 27, 4]));
  assert.ok(!atLeast([0, 0, 0], [1, 0, 0]));
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decode, encode, type Packet, type Question } from "dns-packet";
import fc from "fast-check";
import { answer, largestDatagram, truncate } from "../../../agent/dns/zone.ts";
import type { Seed } from "../../../agent/seeds.ts";

const name = "gw_shop.test.gateway.internal";
const seedAt = (address: string, changes: Partial<Seed> = {}): Seed => ({ address, port: 80, weight: 1, ...changes });
const zone: Readonly<Record<string, readonly Seed[]>> = {
  [name]: [seedAt("10.0.0.1", { port: 8080, weight: 3 }), seedAt("2001:db8::1")],
  "empty.gateway.internal": [],
};

function ask(question: Partial<Question>, changes: Packet = {}, servers = zone) {
  const whole: Question = { type: "SRV", class: "IN", name: `_http._tcp.${name}`, ...question };
  const query = encode({ type: "query", id: 4711, flags: 0x0100, questions: [whole], ...changes });
  const reply = answer(query, (about) => servers[about]);
  return reply && { ...decode(reply.wire), about: reply.about };
}

/** What follows from an answer that says nothing: nginx keeps what it has. */
function refusal(question: Partial<Question>, changes?: Packet) {
  const reply = ask(question, changes);
  assert.deepEqual(reply?.answers, []);
  assert.equal(reply?.about, undefined);
  return reply && "rcode" in reply ? reply.rcode : undefined;
}

describe("servers", () => {
  test("have port, weight and a name that spells the address; the TTL is 0", () => {
    const reply = ask({});
    const spelled = `b20010db8${"0".repeat(23)}1.gateway.internal`;
    assert.deepEqual(
      reply?.answers?.map((one) => (one.type === "SRV" ? [one.name, one.ttl, one.data] : one)),
      [
        [`_http._tcp.${name}`, 0, { priority: 1, weight: 3, port: 8080, target: "a10-0-0-1.gateway.internal" }],
        [`_http._tcp.${name}`, 0, { priority: 1, weight: 1, port: 80, target: spelled }],
      ],
    );
    assert.deepEqual([reply?.id, reply?.type, reply?.about], [4711, "response", name]);
  });

  test("of a name in upper case are the same, under the name that was asked for", () => {
    const asked = `_HTTP._tcp.${name.toUpperCase()}`;
    const reply = ask({ name: asked });
    assert.equal(reply?.about, name);
    assert.deepEqual([reply?.questions?.[0]?.name, reply?.answers?.[0]?.name], [asked, asked]);
  });

  test("keep their shares where weights are more than DNS can tell", () => {
    const seeds = [seedAt("10.0.0.1", { weight: 100_000 }), seedAt("10.0.0.2", { weight: 50_000 })];
    const weights = ask({}, {}, { [name]: [...seeds, seedAt("10.0.0.3")] })?.answers?.map((one) =>
      one.type === "SRV" ? one.data.weight : undefined,
    );
    assert.deepEqual(weights, [65_535, 32_768, 1]);
  });

  test("that DNS cannot tell are a failure, not an error of the agent", () => {
    const reply = ask({}, {}, { [name]: [seedAt("10.0.0.1", { port: 99_999 })] });
    assert.ok(reply && "rcode" in reply);
    assert.deepEqual([reply.rcode, reply.answers, reply.about], ["SERVFAIL", [], undefined]);
  });

  test("of an unknown upstream, of one without, and without the service are a failure", () => {
    for (const one of ["_http._tcp.gw_other.test.gateway.internal", "_http._tcp.empty.gateway.internal", name])
      assert.equal(refusal({ name: one }), "SERVFAIL", one);
  });
});

describe("addresses", () => {
  const addressOf = (question: Partial<Question>) => {
    const reply = ask(question);
    return reply?.answers?.map((one) => (one.type === "A" || one.type === "AAAA" ? [one.ttl, one.data] : one));
  };

  test("are what the name spells, for a day", () => {
    assert.deepEqual(addressOf({ type: "A", name: "a10-0-0-1.gateway.internal" }), [[86_400, "10.0.0.1"]]);
    const v6 = "b20010db8000000000000000000000001.gateway.internal";
    assert.deepEqual(addressOf({ type: "AAAA", name: v6 }), [[86_400, "2001:db8::1"]]);
    assert.deepEqual(addressOf({ type: "A", name: "A10-0-0-1.GATEWAY.internal" }), [[86_400, "10.0.0.1"]]);
  });

  test("of the other family are none, which is no failure", () => {
    assert.equal(refusal({ type: "AAAA", name: "a10-0-0-1.gateway.internal" }), "NOERROR");
    assert.equal(refusal({ type: "A", name: "b20010db8000000000000000000000001.gateway.internal" }), "NOERROR");
  });

  test("that nothing spells are a failure", () => {
    for (const one of ["a10-0-0-256", "a10-0-0", "b123", "x", "a10-0-0-1.x", name.replace(".gateway.internal", "")])
      assert.equal(refusal({ type: "A", name: `${one}.gateway.internal` }), "SERVFAIL", one);
  });

  test("and servers find each other: every target resolves to its address", () => {
    const property = fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      const [server] = ask({}, {}, { [name]: [seedAt(address)] })?.answers ?? [];
      const target = server?.type === "SRV" ? server.data.target : "";
      const type = address.includes(":") ? "AAAA" : "A";
      const [found] = ask({ type, name: target })?.answers ?? [];
      const isSame = (one: string) => new URL(`http://${one.includes(":") ? `[${one}]` : one}`).hostname;
      assert.equal(isSame(found?.type === type ? found.data : ""), isSame(address));
    });
    fc.assert(property);
  });
});

describe("what is not ours", () => {
  test("is refused outside the zone", () => {
    for (const one of ["example.org", "gateway.internal", "xgateway.internal", "gateway.internal.example.org", "."])
      assert.equal(refusal({ name: one }), "REFUSED", one);
  });

  test("are several questions at once, and anything but a query", () => {
    const question: Question = { type: "SRV", class: "IN", name: `_http._tcp.${name}` };
    assert.equal(refusal({}, { questions: [question, question] }), "NOTIMP");
    for (const opcode of [1, 2, 4, 5]) assert.equal(refusal({}, { flags: opcode << 11 }), "NOTIMP", `${opcode}`);
  });

  test("is no question: an answer, none at all, half of one, noise", () => {
    assert.equal(ask({}, { type: "response" }), undefined);
    assert.equal(ask({}, { questions: [] }), undefined);
    const whole = encode({ type: "query", id: 1, questions: [{ type: "SRV", name: `_http._tcp.${name}` }] });
    for (let length = 0; length < whole.length; length += 1)
      assert.equal(
        answer(whole.subarray(0, length), (about) => zone[about]),
        undefined,
      );
  });

  test("never makes it throw, nor lose an upstream's servers", () => {
    const head = Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    const bytes = fc.uint8Array({ maxLength: 500, size: "max" }).map((body) => Buffer.concat([head, body]));
    const inZone = fc.uint8Array({ minLength: 1, maxLength: 63, size: "max" }).map((label) => {
      const rest = encode({ questions: [{ type: "SRV", name: "gateway.internal" }] }).subarray(12);
      return Buffer.concat([head, Buffer.from([label.length]), label, rest]);
    });
    const anything = fc.uint8Array({ maxLength: 512, size: "max" }).map((body) => Buffer.from(body));
    const property = fc.property(fc.oneof(bytes, inZone, anything), (query) => {
      const reply = answer(query, (about) => zone[about]);
      if (reply === undefined) return;
      const read = decode(reply.wire);
      assert.ok(!("rcode" in read) || read.rcode !== "NXDOMAIN");
    });
    fc.assert(property, { numRuns: 2000 });
  });
});

test("an answer of ten servers is small enough for a thousand of them to fit into a socket's buffer", () => {
  const ten = Array.from({ length: 10 }, (_, index) => seedAt(`10.0.0.${index}`));
  const query = encode({ type: "query", questions: [{ type: "SRV", class: "IN", name: `_http._tcp.${name}` }] });
  const length = answer(query, () => ten)?.wire.length ?? 0;
  assert.ok(length > 0 && length < 400, `${length} bytes`);
});

test("a truncated answer says so, and keeps id and question", () => {
  const seeds = Array.from({ length: 200 }, (_, index) => seedAt(`10.0.1.${index}`));
  const query = encode({ type: "query", id: 9, questions: [{ type: "SRV", name: `_http._tcp.${name}` }] });
  const whole = answer(query, () => seeds);
  assert.ok(whole && whole.wire.length > largestDatagram);
  const cut = decode(truncate(whole).wire);
  assert.deepEqual([cut.flag_tc, cut.id, cut.questions?.[0]?.name], [true, 9, `_http._tcp.${name}`]);
  assert.deepEqual(cut.answers, []);
});

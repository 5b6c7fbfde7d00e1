import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { decode, encode, type Packet } from "dns-packet";
import fc from "fast-check";
import { systemClock } from "../../../agent/clock.ts";
import { createResponder } from "../../../agent/dns/responder.ts";
import type { Seed } from "../../../agent/seeds.ts";
import { until } from "../agent/fake-clock.ts";

const host = "127.0.0.1";
const shop = "gw_shop.test.gateway.internal";
const big = "gw_big.test.gateway.internal";

const seedsFrom = (count: number, changes: Partial<Seed> = {}): readonly Seed[] =>
  Array.from({ length: count }, (_, index) => ({ address: `10.0.0.${index}`, port: 80, weight: 1, ...changes }));

/** A port of this machine that nobody has, by UDP and TCP alike. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

async function started(t: TestContext) {
  const responder = createResponder(systemClock());
  const port = await freePort();
  assert.equal(await responder.listen({ host, port }), undefined);
  t.after(() => responder.close());
  responder.tell(
    new Map([
      [shop, seedsFrom(2)],
      [big, seedsFrom(200)],
    ]),
  );
  const udp = createSocket("udp4");
  t.after(() => udp.close());
  const receive = async (): Promise<Buffer> => (await once(udp, "message", { signal: AbortSignal.timeout(5000) }))[0];
  const askUdp = async (query: Buffer) => {
    const reply = receive();
    udp.send(query, port, host);
    return decode(await reply);
  };
  return { responder, port, udp, askUdp };
}

function question(name: string, id = 7): Buffer {
  return encode({ type: "query", id, questions: [{ type: "SRV", class: "IN", name: `_http._tcp.${name}` }] });
}

function framed(query: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  return Buffer.concat([length, query]);
}

/** The answers that come over this connection. */
async function* answersOf(socket: Socket): AsyncGenerator<Packet> {
  let held = Buffer.alloc(0);
  for await (const chunk of socket) {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const end = 2 + held.readUInt16BE(0);
      yield decode(held.subarray(2, end));
      held = held.subarray(end);
    }
  }
}

async function opened(t: TestContext, port: number): Promise<Socket> {
  const socket = connect({ host, port });
  socket.on("error", () => undefined);
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

const portsIn = (packet: Packet | undefined) =>
  packet?.answers?.map((one) => (one.type === "SRV" ? one.data.port : undefined));

test("answers by UDP under the id of the question, from memory too, and counts", async (t) => {
  const { responder, askUdp } = await started(t);
  for (const id of [1, 2, 65_535]) {
    const reply = await askUdp(question(shop, id));
    assert.deepEqual([reply.id, portsIn(reply)], [id, [80, 80]]);
  }
  assert.equal(responder.asked(shop), 3);
  assert.equal(responder.asked(big), 0);
  responder.forget();
  assert.equal(responder.asked(shop), 0);
  await askUdp(question(shop));
  assert.equal(responder.asked(shop), 1);
});

test("what is too long for UDP is asked for again by TCP, and counts only then", async (t) => {
  const { responder, port, askUdp } = await started(t);
  const reply = await askUdp(question(big));
  assert.deepEqual([reply.flag_tc, reply.answers], [true, []]);
  assert.equal(responder.asked(big), 0);
  const socket = await opened(t, port);
  socket.write(Buffer.concat([framed(question(big, 3)), framed(question(shop, 4))]));
  const answers = answersOf(socket);
  const [first, second] = [(await answers.next()).value, (await answers.next()).value];
  assert.deepEqual([first?.id, first?.flag_tc, first?.answers?.length], [3, false, 200]);
  assert.deepEqual([second?.id, second?.answers?.length], [4, 2]);
  assert.equal(responder.asked(big), 1);
});

test("a question that comes byte by byte is answered", async (t) => {
  const { port } = await started(t);
  const socket = await opened(t, port);
  socket.setNoDelay(true);
  for (const byte of framed(question(shop))) {
    socket.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(portsIn((await answersOf(socket).next()).value), [80, 80]);
});

test("the same servers in another order are nothing to ask for anew, others are", async (t) => {
  const { responder, askUdp } = await started(t);
  const addresses = async () => {
    const { answers = [] } = await askUdp(question(shop));
    return answers.map((one) => (one.type === "SRV" ? one.data.target : ""));
  };
  const before = await addresses();
  responder.tell(new Map([[shop, [...seedsFrom(2)].reverse()]]));
  assert.equal(responder.asked(shop), 1);
  assert.deepEqual(await addresses(), [...before].reverse());
  responder.tell(new Map([[shop, seedsFrom(3).slice(1)]]));
  assert.equal(responder.asked(shop), 0);
});

test("other servers are told at once, and asked for anew", async (t) => {
  const { responder, askUdp } = await started(t);
  await askUdp(question(shop));
  responder.tell(new Map([[shop, seedsFrom(2)]]));
  assert.equal(responder.asked(shop), 1, "the same servers are no change");
  for (const changed of [seedsFrom(2, { port: 81 }), seedsFrom(2, { port: 82, weight: 2 }), seedsFrom(1)]) {
    responder.tell(new Map([[shop, changed]]));
    assert.equal(responder.asked(shop), 0);
    assert.deepEqual(portsIn(await askUdp(question(shop))), portsOf(changed));
    assert.equal(responder.asked(shop), 1);
  }
  assert.equal((await askUdp(question(big))).answers?.length, 0, "it has left the zone");
  responder.tell(new Map());
  const reply = await askUdp(question(shop));
  assert.deepEqual(["rcode" in reply && reply.rcode, reply.answers], ["SERVFAIL", []]);
});

test("other weights are told at once, and are nothing that anybody waits for", async (t) => {
  const { responder, askUdp } = await started(t);
  await askUdp(question(shop));
  responder.tell(new Map([[shop, seedsFrom(2, { weight: 9 })]]));
  assert.equal(responder.asked(shop), 1);
  const { answers = [] } = await askUdp(question(shop));
  assert.deepEqual(
    answers.map((one) => one.type === "SRV" && one.data.weight),
    [9, 9],
  );
  assert.equal(responder.asked(shop), 2);
});

const portsOf = (seeds: readonly Seed[]) => seeds.map((seed) => seed.port);

test("a name that was not known is answered as soon as it is", async (t) => {
  const { responder, askUdp } = await started(t);
  const name = "gw_new.test.gateway.internal";
  assert.deepEqual((await askUdp(question(name))).answers, []);
  responder.tell(new Map([[name, seedsFrom(1)]]));
  assert.deepEqual(portsIn(await askUdp(question(name))), [80]);
});

test("noise by UDP is not answered, and does no harm", async (t) => {
  const { udp, port, askUdp } = await started(t);
  const isAnswer = encode({ type: "response", id: 7, questions: [{ type: "SRV", name: shop }] });
  const bytes = fc.uint8Array({ maxLength: 600, size: "max" });
  const headed = bytes.map((body) => Buffer.concat([Buffer.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), body]));
  const noise = [...fc.sample(bytes, 300), ...fc.sample(headed, 300)];
  for (const packet of [Buffer.alloc(0), Buffer.alloc(11), Buffer.alloc(9000, 1), isAnswer, ...noise]) {
    await new Promise((resolve) => udp.send(packet, port, host, resolve));
  }
  await until(async () => (await askUdp(question(shop, 4712))).id === 4712);
});

test("noise by TCP ends its connection, and no other", async (t) => {
  const { port } = await started(t);
  const good = await opened(t, port);
  const answers = answersOf(good);
  const isAnswer = encode({ type: "response", id: 7, questions: [{ type: "SRV", name: shop }] });
  for (const noise of [Buffer.from([0, 3, 1, 2, 3]), Buffer.from([0xff, 0xff]), framed(isAnswer)]) {
    const socket = await opened(t, port);
    const closed = once(socket, "close", { signal: AbortSignal.timeout(5000) });
    socket.resume();
    socket.write(noise);
    await closed;
  }
  good.write(framed(question(shop)));
  assert.deepEqual(portsIn((await answers.next()).value), [80, 80]);
});

test("who asks and does not read is not answered into memory, but goes on when he reads", async (t) => {
  const { responder, port } = await started(t);
  const socket = await opened(t, port);
  const count = 4000;
  socket.pause();
  socket.write(Buffer.concat(Array.from({ length: count }, (_, id) => framed(question(big, id)))));
  await until(() => responder.asked(big) > 0);
  for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const before = responder.asked(big);
  assert.ok(before < count, `${before} answers of 17 KB wait`);
  let seen = 0;
  for await (const { id } of answersOf(socket)) {
    assert.equal(id, seen);
    seen += 1;
    if (seen === count) break;
  }
  assert.equal(seen, count);
});

test("more connections than nginx needs are not taken, until some have gone", async (t) => {
  const { port } = await started(t);
  const sockets = await Promise.all(Array.from({ length: 64 }, () => opened(t, port)));
  const isAnswered = async (socket: Socket) => {
    socket.write(framed(question(shop)));
    return (
      (
        await answersOf(socket)
          .next()
          .catch(() => undefined)
      )?.done === false
    );
  };
  assert.equal(await isAnswered(sockets[63] ?? (await opened(t, port))), true);
  assert.equal(await isAnswered(await opened(t, port)), false);
  for (const socket of sockets) socket.destroy();
  await until(async () => await isAnswered(await opened(t, port)));
});

test("says who cannot listen, and listens once it can; another address takes the place of the first", async (t) => {
  const taken = createSocket("udp4");
  const port = await freePort();
  taken.bind(port, host);
  await once(taken, "listening");
  const responder = createResponder(systemClock());
  t.after(() => responder.close());
  assert.match((await responder.listen({ host, port })) ?? "", /EADDRINUSE/);
  taken.close();
  await once(taken, "close");
  assert.equal(await responder.listen({ host, port }), undefined);
  assert.equal(await responder.listen({ host, port }), undefined, "it does already");
  const other = await freePort();
  assert.equal(await responder.listen({ host, port: other }), undefined);
  const free = createServer().listen(port, host);
  await once(free, "listening");
  assert.match((await responder.listen({ host, port })) ?? "", /EADDRINUSE/, "by TCP");
  free.close();
});

import { type Answer, decode, encode, type Packet } from "dns-packet";
import { canonical } from "../address.ts";
import { dnsZone, type Seed } from "../seeds.ts";

/** The servers of each upstream, by the name that nginx asks for. */
export type Zone = ReadonlyMap<string, readonly Seed[]>;

/** What is sent back. `about` is the upstream that was asked for, if it is one of the zone. */
export interface Reply {
  readonly wire: Buffer;
  readonly about: string | undefined;
}

const codes = { ok: 0, serverFailure: 2, notImplemented: 4, refused: 5 } as const;
const authoritative = 0x0400;
const truncated = 0x0200;

/** An address that a name spells never changes: nginx need not ask for it again. */
const addressTtlSec = 86_400;

/** Ports and weights have 16 bits. */
const mostInField = 0xffff;

/** nginx takes so much by UDP, without being told that it may: some 40 servers. */
export const largestDatagram = 4096;

/**
 * Answers one question. Undefined for what is no question at all, or has a name that is no text. Whatever is not known
 * is a failure of the server, for which nginx keeps the servers that it has; an empty answer, or that there is no such
 * name, would take them all away.
 *
 * The TTL of servers is 0: with it, nginx asks for each upstream every second.
 */
export function answer(query: Buffer, servers: (name: string) => readonly Seed[] | undefined): Reply | undefined {
  const packet = parse(query);
  const question = packet?.questions?.[0];
  if (packet === undefined || question === undefined || question.name.includes("\ufffd")) return undefined;
  const say = (code: number, answers: Answer[] = [], about?: string): Reply => ({
    wire: encode({
      type: "response",
      id: packet.id ?? 0,
      flags: ((packet.flags ?? 0) & 0x0100) | authoritative | code,
      questions: [question],
      answers,
    }),
    about,
  });
  if (packet.questions?.length !== 1 || packet.opcode !== "QUERY") return say(codes.notImplemented);
  const name = question.name.toLowerCase();
  if (!name.endsWith(`.${dnsZone}`)) return say(codes.refused);
  if (question.type === "SRV") return sayServers();
  const address = addressIn(name);
  if (address === undefined) return say(codes.serverFailure);
  const isV6 = address.includes(":");
  if (question.type !== (isV6 ? "AAAA" : "A")) return say(codes.ok);
  return say(codes.ok, [{ type: isV6 ? "AAAA" : "A", name: question.name, ttl: addressTtlSec, data: address }]);

  function sayServers(): Reply {
    const about = name.replace(/^_http\._tcp\./, "");
    const all = about === name ? undefined : servers(about);
    if (all === undefined || all.length === 0 || all.some(({ port }) => port > mostInField))
      return say(codes.serverFailure);
    const scale = Math.min(1, mostInField / Math.max(...all.map((one) => one.weight)));
    const { wire } = say(codes.ok);
    const suffix = zoneAt(name);
    const records = all.map((one) =>
      serverRecord({ ...one, weight: Math.max(1, Math.round(one.weight * scale)) }, suffix),
    );
    wire.writeUInt16BE(records.length, answerCountAt);
    return { wire: Buffer.concat([wire, ...records]), about };
  }
}

/** Of the only question, and of the count of answers, in every packet. */
const questionAt = 12;
const answerCountAt = 6;
const pointer = 0xc000;

/** Where the end that all names share begins within the question for this name. */
function zoneAt(name: string): number {
  return questionAt + Buffer.byteLength(name) - dnsZone.length;
}

/**
 * A server in a third of the bytes that the library needs, which knows no pointers: nginx asks for all upstreams in the
 * same millisecond and reads when it has, so that the answers have to fit into the buffer of its socket, or they are lost.
 */
function serverRecord({ address, port, weight }: Seed, suffix: number): Buffer {
  const label = labelOf(address);
  const record = Buffer.alloc(21 + label.length);
  const fields = [pointer | questionAt, 33, 1, 0, 0, 9 + label.length, 1, weight, port];
  for (const [index, field] of fields.entries()) record.writeUInt16BE(field, 2 * index);
  record.writeUInt8(label.length, 18);
  record.write(label, 19, "latin1");
  record.writeUInt16BE(pointer | suffix, 19 + label.length);
  return record;
}

/** The same answer, too long for UDP: nginx asks again by TCP. */
export function truncate({ wire, about }: Reply): Reply {
  const packet = decode(wire);
  const flags = (packet.flags ?? 0) | truncated;
  return { wire: encode({ type: "response", id: packet.id ?? 0, flags, questions: packet.questions ?? [] }), about };
}

/** The first label of the name of an address: it spells the address, so that there is nothing to look up. */
function labelOf(address: string): string {
  if (!address.includes(":")) return `a${address.replaceAll(".", "-")}`;
  return `b${groupsOf(canonical(address))
    .map((group) => group.padStart(4, "0"))
    .join("")}`;
}

function addressIn(name: string): string | undefined {
  const label = name.slice(0, -dnsZone.length - 1);
  const v4 = /^a(\d{1,3}(?:-\d{1,3}){3})$/.exec(label)?.[1]?.replaceAll("-", ".");
  if (v4 !== undefined) return v4.split(".").every((part) => Number(part) <= 255) ? v4 : undefined;
  const v6 = /^b([0-9a-f]{32})$/.exec(label)?.[1];
  return v6?.match(/.{4}/g)?.join(":");
}

/** All eight, of an IPv6 address that leaves some out. */
function groupsOf(address: string): readonly string[] {
  const [head = "", tail] = address.split("::");
  const parts = (text: string) => (text === "" ? [] : text.split(":"));
  if (tail === undefined) return parts(head);
  const missing = 8 - parts(head).length - parts(tail).length;
  return [...parts(head), ...Array<string>(missing).fill("0"), ...parts(tail)];
}

function parse(query: Buffer): (Packet & { opcode?: string }) | undefined {
  try {
    const packet = decode(query);
    return packet.type === "query" ? packet : undefined;
  } catch {
    return undefined;
  }
}

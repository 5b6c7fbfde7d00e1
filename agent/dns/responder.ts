import type { Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import type { Server, Socket } from "node:net";
import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import { placeToListen } from "../place-to-listen.ts";
import type { Seed } from "../seeds.ts";
import { createPace } from "./pace.ts";
import { answer, largestDatagram, type Reply, truncate, type Zone } from "./zone.ts";

/** Tells nginx its servers by DNS. */
export interface Responder {
  /** Listens on this address, UDP and TCP. Returns why it cannot; it may be asked again. */
  listen(address: { readonly host: string; readonly port: number }): Promise<string | undefined>;
  /** What is answered from now on. Names that are not in it get a failure, so that nginx keeps what it has. */
  tell(zone: Zone): void;
  /** How often nginx has asked for the servers of this upstream since others came or went; their weights do not count. */
  asked(name: string): number;
  /** From here on `asked` counts anew. */
  forget(): void;
  close(): Promise<void>;
}

/** One upstream of the zone. Another one takes its place when its servers change. */
interface Entry {
  readonly seeds: readonly Seed[];
  asked: number;
  isCurrent: boolean;
}

/** Every worker of nginx may ask for all upstreams in the same millisecond: the default of 200 KiB loses half of them. */
const receiveBuffer = 4 * 1024 * 1024;
const longestQuery = 512;
const mostConnections = 64;
const idleMs = 5000;
/** How many questions are remembered of each upstream, and of none: spelled by others they differ. */
const remembering = { each: 4, some: 1000 } as const;

/**
 * What nginx is sent by UDP. The buffer of its socket takes about 160 answers; where it loses one it waits for
 * seconds. It asks a second after each answer: what was spread once is less of a burst the next time.
 */
const pace = { burstBytes: 48 * 1024, bytesPerMs: 16 * 1024, longestMs: 200 } as const;
/** An nginx that has just started asks for all upstreams, and then for the addresses of all instances. */
const waiting = { each: 16, some: 1000 } as const;
/** About what an answer with ten servers takes of that buffer. */
const usualBytes = 1500;

/** A responder that listens nowhere yet. Its work for one packet is bounded by what the packet and the zone hold. */
export function createResponder(clock: Clock): Responder {
  const entries = new Map<string, Entry>();
  const paced = createPace({
    clock,
    burstBytes: pace.burstBytes,
    bytesPerMs: () => Math.max(pace.bytesPerMs, (entries.size * usualBytes) / pace.longestMs),
    mostWaiting: () => waiting.each * entries.size + waiting.some,
  });
  /** Answers by all of the question but its id: nginx asks the same every second. */
  const remembered = new Map<string, { readonly reply: Reply; readonly entry: Entry | undefined }>();
  const open: { udp?: UdpSocket; tcp?: Server; address?: string; readonly connections: Set<Socket> } = {
    connections: new Set(),
  };

  function replyTo(query: Buffer, isDatagram: boolean): Buffer | undefined {
    const key = `${isDatagram ? "u" : "t"}${query.toString("latin1", 2)}`;
    const known = remembered.get(key);
    const found = known !== undefined && (known.entry?.isCurrent ?? true) ? known : compute(query, { isDatagram, key });
    if (found === undefined) return undefined;
    if (found.entry !== undefined) found.entry.asked += 1;
    const wire = Buffer.from(found.reply.wire);
    wire.writeUInt16BE(query.readUInt16BE(0), 0);
    return wire;
  }

  function compute(query: Buffer, { isDatagram, key }: { readonly isDatagram: boolean; readonly key: string }) {
    const whole = answer(query, (name) => entries.get(name)?.seeds);
    if (whole === undefined) return undefined;
    const isCut = isDatagram && whole.wire.length > largestDatagram;
    const entry = whole.about === undefined || isCut ? undefined : entries.get(whole.about);
    const found = { reply: isCut ? truncate(whole) : whole, entry };
    if (remembered.size >= remembering.each * entries.size + remembering.some) remembered.clear();
    // A name that is not known may be so soon, and servers too many for a datagram may become fewer.
    if (entry !== undefined) remembered.set(key, found);
    return found;
  }

  function converse(socket: Socket): void {
    if (open.connections.size >= mostConnections) {
      socket.destroy();
      return;
    }
    open.connections.add(socket);
    socket.once("close", () => open.connections.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setTimeout(idleMs, () => socket.destroy());
    let held: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
      proceed();
    });

    /** Answers what has come. Who does not read is not answered until he does. */
    function proceed(): void {
      while (held.length >= 2) {
        const length = held.readUInt16BE(0);
        if (length > longestQuery || length < 12) {
          socket.destroy();
          return;
        }
        if (held.length < 2 + length) return;
        const wire = replyTo(held.subarray(2, 2 + length), false);
        held = held.subarray(2 + length);
        if (wire === undefined || wire.length > 0xffff) {
          socket.destroy();
          return;
        }
        const prefix = Buffer.alloc(2);
        prefix.writeUInt16BE(wire.length);
        if (socket.write(Buffer.concat([prefix, wire]))) continue;
        socket.pause();
        socket.once("drain", () => {
          socket.resume();
          proceed();
        });
        return;
      }
    }
  }

  function drop(name: string, entry: Entry): void {
    entry.isCurrent = false;
    entries.delete(name);
  }

  async function close(): Promise<void> {
    paced.stop();
    const { udp, tcp, connections } = open;
    delete open.udp;
    delete open.tcp;
    delete open.address;
    for (const socket of connections) socket.destroy();
    udp?.close();
    tcp?.close();
  }

  return {
    async listen({ host, port }) {
      const address = `${host} ${port}`;
      if (open.address === address) return undefined;
      await close();
      try {
        // Only a gateway that needs them loads them.
        const [{ createSocket }, { createServer }] = await Promise.all([import("node:dgram"), import("node:net")]);
        const udp = createSocket({ type: host.includes(":") ? "udp6" : "udp4", recvBufferSize: receiveBuffer });
        open.udp = udp;
        udp.bind({ address: host, port });
        await once(udp, "listening");
        udp.on("message", (query, from) => {
          if (query.length < 12 || query.length > longestQuery) return;
          paced.offer(() => {
            const wire = replyTo(query, true);
            if (wire !== undefined) udp.send(wire, from.port, from.address);
            return wire?.length ?? 0;
          });
        });
        udp.on("error", () => undefined);
        const tcp = createServer(converse);
        open.tcp = tcp;
        tcp.listen(placeToListen({ host, port }));
        await once(tcp, "listening");
        tcp.on("error", () => undefined);
        open.address = address;
        return undefined;
      } catch (error) {
        await close();
        return messageOf(error);
      }
    },
    tell(zone) {
      for (const [name, entry] of entries) if (!zone.has(name)) drop(name, entry);
      for (const [name, seeds] of zone) {
        const entry = entries.get(name);
        if (entry !== undefined && isSame(entry.seeds, seeds)) continue;
        if (entry !== undefined) drop(name, entry);
        // A weight that grows bit by bit is nothing that anybody waits for.
        const asked = entry !== undefined && haveSameAddresses(entry.seeds, seeds) ? entry.asked : 0;
        entries.set(name, { seeds, asked, isCurrent: true });
      }
    },
    forget() {
      for (const entry of entries.values()) entry.asked = 0;
    },
    asked: (name) => entries.get(name)?.asked ?? 0,
    close,
  };
}

function isSame(left: readonly Seed[], right: readonly Seed[]): boolean {
  return areAlike(left, right, (one, other) => haveSameAddress(one, other) && one.weight === other.weight);
}

/** In whatever order: nginx balances over them as if it had heard them in the former one. */
function haveSameAddresses(left: readonly Seed[], right: readonly Seed[]): boolean {
  if (areAlike(left, right, haveSameAddress)) return true;
  const addresses = new Set(left.map(addressOf));
  return left.length === right.length && right.every((one) => addresses.has(addressOf(one)));
}

function areAlike(left: readonly Seed[], right: readonly Seed[], alike: (one: Seed, other: Seed) => boolean): boolean {
  if (left.length !== right.length) return false;
  return left.every((one, index) => {
    const other = right[index];
    return other !== undefined && alike(one, other);
  });
}

function haveSameAddress(one: Seed, other: Seed): boolean {
  return one.address === other.address && one.port === other.port;
}

function addressOf({ address, port }: Seed): string {
  return `${address} ${port}`;
}

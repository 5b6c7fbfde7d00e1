/*
 * The floor of nginx-dns: a responder that does nothing but answer from memory, in a process of its own. It is told by
 * messages what to answer, and says when it does so.
 */
import { createSocket } from "node:dgram";
import { type Answer, decode, encode } from "dns-packet";

/** Servers of one name, as `ADDRESS:PORT`. */
export interface Told {
  readonly name: string;
  readonly servers: readonly string[];
}

const zone = new Map<string, readonly string[]>();
const remembered = new Map<string, Buffer>();

process.on("message", (told: readonly Told[]) => {
  for (const { name, servers } of told) zone.set(name, servers);
  remembered.clear();
  process.send?.("told");
});

const socket = createSocket({ type: "udp4", recvBufferSize: 4 * 1024 * 1024 });
socket.on("message", (query, from) => {
  const key = query.toString("latin1", 2);
  const wire = remembered.get(key) ?? answer(query);
  remembered.set(key, wire);
  wire.writeUInt16BE(query.readUInt16BE(0), 0);
  socket.send(Buffer.from(wire), from.port, from.address);
});
socket.bind(Number(process.argv[2]), "127.0.0.1", () => process.send?.("listening"));

function answer(query: Buffer): Buffer {
  const { id, questions = [] } = decode(query);
  const { name = "", type } = questions[0] ?? {};
  const servers = zone.get(name.replace(/^_http\._tcp\./, ""));
  const answers: Answer[] =
    type === "SRV"
      ? (servers ?? []).map((server) => serviceOf(name, server))
      : [{ type: "A", name, ttl: 86_400, data: (name.split(".")[0] ?? "").slice(1).replaceAll("-", ".") }];
  const code = answers.length === 0 ? 2 : 0;
  return encode({ type: "response", ...(id !== undefined && { id }), flags: 0x0400 | code, questions, answers });
}

function serviceOf(name: string, server: string): Answer {
  const [address = "", port] = server.split(":");
  const target = `a${address.replaceAll(".", "-")}.gateway.internal`;
  return { type: "SRV", name, ttl: 0, data: { priority: 1, weight: 1, port: Number(port), target } };
}

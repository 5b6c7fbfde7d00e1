import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  /** Sent with the 101. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Takes every upgrade: WebSocket messages are echoed (RFC 6455), with any other protocol the bytes are. */
export function acceptUpgrade({ request, socket, head, headers }: Upgrade): void {
  const key = request.headers["sec-websocket-key"];
  const accept = key === undefined ? {} : { "sec-websocket-accept": acceptOf(key) };
  const all = { upgrade: request.headers.upgrade ?? "", connection: "Upgrade", ...accept, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on("error", () => socket.destroy());
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("")}\r\n`);
  if (key === undefined) echoBytes(socket, head);
  else echoFrames(socket, head);
}

function acceptOf(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

function echoBytes(socket: Duplex, head: Buffer): void {
  socket.write(head);
  socket.pipe(socket);
}

function echoFrames(socket: Duplex, head: Buffer): void {
  const state = { pending: head };
  const take = (bytes: Buffer): void => {
    state.pending = Buffer.concat([state.pending, bytes]);
    for (let frame = readFrame(state.pending); frame !== undefined; frame = readFrame(state.pending)) {
      state.pending = state.pending.subarray(frame.size);
      answerFrame(socket, frame);
    }
  };
  socket.on("data", take);
  socket.on("end", () => socket.end());
  take(Buffer.alloc(0));
}

interface Frame {
  /** First byte: end of message and kind. */
  readonly start: number;
  readonly payload: Buffer;
  /** Bytes it took on the wire. */
  readonly size: number;
}

const closing = 0x8;
const ping = 0x9;
const pong = 0xa;

function answerFrame(socket: Duplex, { start, payload }: Frame): void {
  const kind = start & 0x0f;
  if (kind === pong) return;
  const answer = kind === ping ? (start & 0xf0) | pong : start;
  socket.write(Buffer.concat([Buffer.of(answer), lengthOf(payload), payload]));
  if (kind === closing) socket.end();
}

/** A client's frame, unmasked; undefined as long as it is not whole. Messages of 64 KiB and more are not for this echo. */
function readFrame(bytes: Buffer): Frame | undefined {
  const short = (bytes[1] ?? 0) & 0x7f;
  const maskAt = short === 126 ? 4 : 2;
  if (bytes.length < maskAt + 4) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short;
  const size = maskAt + 4 + length;
  if (bytes.length < size) return undefined;
  const mask = bytes.subarray(maskAt, maskAt + 4);
  const payload = Buffer.from(bytes.subarray(maskAt + 4, size).map((byte, at) => byte ^ (mask[at % 4] ?? 0)));
  return { start: bytes[0] ?? 0, payload, size };
}

function lengthOf(payload: Buffer): Buffer {
  if (payload.length < 126) return Buffer.of(payload.length);
  return Buffer.of(126, payload.length >> 8, payload.length & 0xff);
}

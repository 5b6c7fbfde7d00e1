import type { ServerResponse } from "node:http";
import { systemClock } from "../../agent/clock.ts";
import type { Answer } from "./answer.ts";
import type { Delivery } from "./faults.ts";

const clock = systemClock();
const chunk = Buffer.alloc(64 * 1024, "x");

/** Sends an answer in the manner asked for. Ends early when `signal` aborts: the client has gone or the server stops. */
export async function deliver(response: ServerResponse, { answer, manner }: Delivery, signal: AbortSignal) {
  switch (manner.kind) {
    case "plain":
      return sendWhole(response, answer);
    case "late":
      await clock.sleep(manner.ms, signal);
      return signal.aborted ? undefined : sendWhole(response, answer);
    case "drip":
      return sendDrip(response, answer, { everyMs: manner.everyMs, signal });
    case "cut":
      return sendHalf(response, answer);
    case "padded":
      return sendPadded(response, answer, { ...manner, signal });
    case "reset":
      response.socket?.destroy();
      return;
    case "hang":
      return;
  }
}

function sendWhole(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { ...answer.headers, "content-length": answer.body.length });
  response.end(answer.body);
}

function sendHalf(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { ...answer.headers, "content-length": answer.body.length });
  response.write(answer.body.subarray(0, answer.body.length / 2), () => response.socket?.destroy());
}

async function sendDrip(
  response: ServerResponse,
  answer: Answer,
  { everyMs, signal }: { readonly everyMs: number; readonly signal: AbortSignal },
): Promise<void> {
  response.writeHead(answer.status, { ...answer.headers, "content-length": answer.body.length });
  response.flushHeaders();
  for (const byte of answer.body) {
    await clock.sleep(everyMs, signal);
    if (signal.aborted) return;
    response.write(Uint8Array.of(byte));
  }
  response.end();
}

interface Padding {
  readonly bytes: number;
  readonly length: "announced" | "chunked";
  readonly signal: AbortSignal;
}

/** Puts a member `padding` in front of the others of a JSON object: still a right answer, only too long. */
async function sendPadded(response: ServerResponse, answer: Answer, { bytes, length, signal }: Padding): Promise<void> {
  const head = Buffer.from('{"padding":"');
  const tail = Buffer.concat([Buffer.from('",'), answer.body.subarray(1)]);
  const total = { "content-length": head.length + bytes + tail.length };
  response.writeHead(answer.status, { ...answer.headers, ...(length === "announced" ? total : {}) });
  response.write(head);
  for (let left = bytes; left > 0; left -= chunk.length) {
    if (signal.aborted) return;
    if (!response.write(chunk.subarray(0, Math.min(left, chunk.length)))) await drained(response, signal);
  }
  response.end(tail);
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    response.once("drain", resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

import { gzipSync } from "node:zlib";
import { type Answer, type Call, credentialsRequired, json } from "./answer.ts";
import { malformedApps, type WrongEnvelope, wrongEnvelopes } from "./malformed.ts";

/** One way in which a controller misbehaves. Faults of TLS are certificates: see `present` of a controller. */
export type Fault =
  /** Answers rightly, `ms` late. */
  | { readonly kind: "slow"; readonly ms: number }
  /** Takes the request and never answers. */
  | { readonly kind: "hang" }
  /** Headers at once, then one byte of the body every `everyMs`. */
  | { readonly kind: "drip"; readonly everyMs: number }
  /** Closes the connection after half of the announced body. */
  | { readonly kind: "close-mid-body" }
  /** Closes the connection without a byte of an answer. */
  | { readonly kind: "reset" }
  /** 200, called JSON, but is not. */
  | { readonly kind: "garbage"; readonly text?: string }
  /** 200 with JSON that is not what the API promises. */
  | { readonly kind: "wrong-envelope"; readonly envelope: WrongEnvelope }
  /** The endpoints, with these between the true ones; default: every way of `malformedApps`. */
  | { readonly kind: "wrong-apps"; readonly apps?: readonly unknown[] }
  /** The endpoints, but only the first few of them: its data is lost, or not all there yet. */
  | { readonly kind: "lost-apps"; readonly keep: number }
  /** The right answer made `megabytes` longer; `length` tells whether Content-Length gives it away. */
  | { readonly kind: "huge"; readonly megabytes: number; readonly length: "announced" | "chunked" }
  | { readonly kind: "status"; readonly code: number; readonly body?: string }
  | { readonly kind: "unauthorized" }
  | { readonly kind: "redirect"; readonly to: string; readonly code?: number }
  /** `claimed`: says gzip, is plain. `unasked`: is gzip. `bomb`: is gzip, and 100 MB when unpacked. */
  | { readonly kind: "gzip"; readonly how: "claimed" | "unasked" | "bomb" };

export type FaultKind = Fault["kind"];

/** Where and how often a fault strikes; default: every call, until cleared. */
export interface FaultScope {
  readonly on?: readonly Call[];
  readonly times?: number;
}

/** How an answer leaves the controller. */
export type Manner =
  | { readonly kind: "plain" | "hang" | "reset" | "cut" }
  | { readonly kind: "late"; readonly ms: number }
  | { readonly kind: "drip"; readonly everyMs: number }
  | { readonly kind: "padded"; readonly bytes: number; readonly length: "announced" | "chunked" };

export interface Delivery {
  readonly answer: Answer;
  readonly manner: Manner;
}

const plain: Manner = { kind: "plain" };
const megabyte = 1024 * 1024;

/** What becomes of a right answer under a fault. */
export function distort(answer: Answer, fault: Fault | undefined): Delivery {
  if (fault === undefined) return { answer, manner: plain };
  const manner = mannerOf(fault);
  return manner === undefined ? { answer: distorted(answer, fault), manner: plain } : { answer, manner };
}

function mannerOf(fault: Fault): Manner | undefined {
  switch (fault.kind) {
    case "slow":
      return { kind: "late", ms: fault.ms };
    case "drip":
      return fault;
    case "hang":
    case "reset":
      return { kind: fault.kind };
    case "close-mid-body":
      return { kind: "cut" };
    case "huge":
      return { kind: "padded", bytes: fault.megabytes * megabyte, length: fault.length };
    default:
      return undefined;
  }
}

function distorted(answer: Answer, fault: Fault): Answer {
  switch (fault.kind) {
    case "garbage":
      return { ...answer, status: 200, body: Buffer.from(fault.text ?? "<html>Not JSON at all</html>") };
    case "wrong-envelope":
      return json(200, wrongEnvelopes[fault.envelope]);
    case "wrong-apps":
      return withApps(answer, (apps) => [...(fault.apps ?? malformedApps), ...apps]);
    case "lost-apps":
      return withApps(answer, (apps) => apps.slice(0, fault.keep));
    case "status":
      return { status: fault.code, headers: { "content-type": "text/plain" }, body: Buffer.from(fault.body ?? "") };
    case "unauthorized":
      return credentialsRequired();
    case "redirect":
      return { status: fault.code ?? 302, headers: { location: fault.to }, body: Buffer.alloc(0) };
    case "gzip":
      return zipped(answer, fault.how);
    default:
      return answer;
  }
}

/** Only an answer that lists apps can list wrong ones. */
function withApps(answer: Answer, change: (apps: readonly unknown[]) => readonly unknown[]): Answer {
  if (answer.status !== 200) return answer;
  const envelope = JSON.parse(answer.body.toString()) as { data: unknown };
  return Array.isArray(envelope.data) ? json(answer.status, { ...envelope, data: change(envelope.data) }) : answer;
}

function zipped(answer: Answer, how: "claimed" | "unasked" | "bomb"): Answer {
  const headers = { ...answer.headers, "content-encoding": "gzip" };
  if (how === "claimed") return { ...answer, headers };
  if (how === "unasked") return { ...answer, headers, body: gzipSync(answer.body) };
  // Packed in one piece it would hold up everything else of the process, and a busy machine for seconds.
  const piece = gzipSync(Buffer.alloc(megabyte, " "));
  return { ...answer, headers, body: Buffer.concat(Array.from({ length: 100 }, () => piece)) };
}

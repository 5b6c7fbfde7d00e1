import pMap from "p-map";
import type { Server, Step, StepFailure } from "../model.ts";
import type { Removal } from "./drains.ts";
import type { ConfServer, PlusAnswer } from "./nginx-plus-answers.ts";
import { type PlusBook, parametersOf } from "./nginx-plus-book.ts";
import {
  callsAtOnce,
  describeRefusal,
  type PlusClient,
  type ServerAt,
  type ServerChange,
} from "./nginx-plus-client.ts";
import type { ProxyObserver } from "./proxy-observer.ts";

/** What steps are taken with. */
export interface PlusHands {
  readonly client: PlusClient;
  readonly book: PlusBook;
  readonly called: ProxyObserver["called"];
  readonly signal: AbortSignal;
}

/** What came of some steps. */
export interface PlusResults {
  readonly failed: readonly StepFailure[];
  /** Removals of servers that still have requests: they drain now. */
  readonly leaving: readonly Removal[];
}

/** A step is done, its server is leaving, or it was refused, with these words. */
type Outcome = "done" | "leaving" | { readonly refused: string };

/**
 * Takes the steps: those of one upstream one after the other, so that it is never without a server in between, several
 * upstreams at once. One that is refused stops no other; what is wrong with the API itself is thrown.
 */
export async function runPlusSteps(
  steps: readonly Step[],
  hands: PlusHands & { readonly drainMs: number },
): Promise<PlusResults> {
  const failed: StepFailure[] = [];
  const leaving: Removal[] = [];
  const byBackend = [...Map.groupBy(steps, (step) => step.backend).values()];
  await pMap(
    byBackend,
    async (group) => {
      for (const step of group) {
        const outcome = await take(step, hands);
        if (typeof outcome === "object") failed.push({ step, message: outcome.refused });
        else if (outcome === "leaving" && step.kind === "remove") leaving.push(step);
      }
    },
    { concurrency: callsAtOnce },
  );
  return { failed, leaving };
}

async function take(step: Step, hands: PlusHands & { readonly drainMs: number }): Promise<Outcome> {
  const upstream = hands.book.upstreamOf(step.backend);
  if (upstream === undefined) return { refused: "NGINX Plus has no such upstream" };
  const known = hands.book.find(step.backend, step.server.name);
  if (step.kind === "remove") {
    if (known === undefined) return "done";
    const at = { upstream, id: known.id };
    return known.active > 0 && hands.drainMs > 0 ? await drain(step, at, hands) : await removeServer(step, at, hands);
  }
  // A reload may have brought it along.
  if (known === undefined || step.kind === "readdress") return await add(step, upstream, hands);
  const at = { upstream, id: known.id };
  if (step.kind === "enable") return await enable(step, at, hands);
  return await change(step, { at, to: parametersOf(step.server.attributes), operation: "patch" }, hands);
}

type WithServer = Step & { readonly server: Server };

async function add(step: WithServer, upstream: string, hands: PlusHands): Promise<Outcome> {
  const { client, book, signal } = hands;
  const { name, attributes } = step.server;
  const answer = await client.add(upstream, { server: name, ...parametersOf(attributes) }, signal);
  // Somebody else was faster; the next look at the upstream shows it.
  const exists = !answer.ok && answer.refusal.code === "EntryExists";
  if (answer.ok) book.put(step.backend, answer.value);
  return told(hands, { operation: "add", answer: exists ? { ok: true, value: undefined } : answer });
}

/** Whether what drains can come back by a change is not documented: if it does not, it is made anew. */
async function enable(step: WithServer, at: ServerAt, hands: PlusHands): Promise<Outcome> {
  const outcome = await change(step, { at, to: { drain: false, down: false }, operation: "enable" }, hands);
  const isBack = hands.book.find(step.backend, step.server.name)?.takesRequests !== false;
  if (outcome !== "done" || isBack) return outcome;
  const removed = await removeServer(step, at, hands);
  return removed === "done" ? await add(step, at.upstream, hands) : removed;
}

async function change(
  step: WithServer,
  { at, to, operation }: { readonly at: ServerAt; readonly to: ServerChange; readonly operation: string },
  hands: PlusHands,
): Promise<Outcome> {
  const answer = await hands.client.change(at, to, hands.signal);
  if (answer.ok) hands.book.put(step.backend, answer.value);
  return told(hands, { operation, answer });
}

/** The server takes no new request, but of clients that are bound to it. */
async function drain(step: Removal, at: ServerAt, hands: PlusHands): Promise<Outcome> {
  const answer = await hands.client.change(at, { drain: true }, hands.signal);
  if (answer.ok) hands.book.put(step.backend, answer.value);
  if (!isMissing(answer)) {
    const outcome = told(hands, { operation: "drain", answer });
    return outcome === "done" ? "leaving" : outcome;
  }
  hands.book.forget(step.backend, step.server.name);
  return told(hands, { operation: "drain", answer: { ok: true, value: undefined } });
}

/** What is gone already was just what was wanted. nginx lets requests under way end by themselves. */
export async function removeServer(
  step: Pick<Step, "backend" | "server">,
  at: ServerAt,
  hands: PlusHands,
): Promise<Outcome> {
  const answer = await hands.client.remove(at, hands.signal);
  const isGone = answer.ok || isMissing(answer);
  if (isGone) hands.book.forget(step.backend, step.server.name);
  return told(hands, { operation: "delete", answer: isGone ? { ok: true, value: undefined } : answer });
}

/** The server or its whole upstream is not there. */
export function isMissing(answer: PlusAnswer<unknown>): boolean {
  return !answer.ok && ["UpstreamServerNotFound", "UpstreamNotFound"].includes(answer.refusal.code);
}

function told(
  { called }: PlusHands,
  { operation, answer }: { readonly operation: string; readonly answer: PlusAnswer<ConfServer | undefined> },
): Outcome {
  called({ operation, ok: answer.ok });
  return answer.ok ? "done" : { refused: describeRefusal(answer.refusal) };
}

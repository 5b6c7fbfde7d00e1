import type { Clock } from "../clock.ts";
import type { DroveClient } from "../drove/client.ts";
import { AgentError, messageOf } from "../errors.ts";
import { type Controllers, standbyMessage } from "./controllers.ts";
import { type Fact, isResync, type Question } from "./decide.ts";
import type { HealthBoard } from "./health-board.ts";
import type { Intake } from "./intake.ts";
import type { DiscoveryObserver } from "./status.ts";

/** Whom to ask, and whom to tell what came of it. */
export interface Asker {
  readonly namespace: string;
  readonly client: DroveClient;
  readonly clock: Clock;
  readonly controllers: Controllers;
  readonly health: HealthBoard;
  readonly intake: Intake;
  readonly observer: DiscoveryObserver;
  readonly signal: AbortSignal;
}

type Asked<K extends Question["ask"]> = Extract<Question, { readonly ask: K }>;

/** Asks one question. A failure is a fact too: this never rejects. */
export async function answerTo(question: Exclude<Question, Asked<"nothing">>, asker: Asker): Promise<Fact> {
  try {
    switch (question.ask) {
      case "leader":
        return { is: "leader", endpoint: await asker.controllers.findLeader(asker.signal) };
      case "summary":
        return await askSummary(question, asker);
      case "endpoints":
        return await askEndpoints(question, asker);
    }
  } catch (error) {
    if (question.ask !== "leader" && !asker.signal.aborted) noteFailure(error, question, asker);
    return { is: "failed", error };
  }
}

async function askSummary({ endpoint, lastSyncTime, counts }: Asked<"summary">, asker: Asker): Promise<Fact> {
  const { client, health, namespace, observer, signal } = asker;
  const answer = await client.eventSummary(endpoint, lastSyncTime, signal);
  if (answer.from === "standby") return steppedDown(endpoint, asker);
  health.note({ endpoint, healthy: true, message: "OK" });
  const count = Object.values(answer.value.eventsCount).reduce((sum, one) => sum + one, 0);
  if (counts === "new" && count > 0) observer.eventsReceived({ namespace, count });
  return { is: "summary", summary: answer.value };
}

async function askEndpoints({ endpoint, ...why }: Asked<"endpoints">, asker: Asker): Promise<Fact> {
  const { client, clock, controllers, intake, namespace, observer, signal } = asker;
  const startedAt = clock.monotonic();
  const answer = await client.endpoints(endpoint, signal);
  if (answer.from === "standby") return steppedDown(endpoint, asker);
  const list = intake.take(answer.value, { ...why, leader: endpoint });
  const at = clock.monotonic();
  observer.listReceived({ namespace, list, tookMs: at - startedAt });
  if (isResync(why.reason)) controllers.checkStandbys(endpoint, signal);
  return { is: "listed", at };
}

/** It answers as it should, only not as the leader. */
function steppedDown(endpoint: string, { health, namespace }: Asker): Fact {
  health.note({ endpoint, healthy: true, message: standbyMessage });
  const message = `namespace ${namespace}: ${endpoint} no longer leads`;
  return { is: "failed", error: new AgentError("no-leader", message, { facts: { namespace, endpoint } }) };
}

function noteFailure(error: unknown, question: Asked<"summary" | "endpoints">, asker: Asker): void {
  const { health, namespace, observer } = asker;
  health.note({ endpoint: question.endpoint, healthy: false, message: messageOf(error) });
  if (question.ask === "summary") observer.eventsFailed({ namespace });
  else observer.listFailed({ namespace });
}

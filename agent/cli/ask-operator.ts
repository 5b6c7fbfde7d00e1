import { systemClock } from "../clock.ts";
import type { Config } from "../config/schema.ts";
import type { Explanation } from "../insight/explain.ts";
import type { LevelState } from "../log-level.ts";
import type { HistoryEntry } from "../records/history-entry.ts";
import { type AcceptAnswer, acceptText } from "./accept-text.ts";
import type { OperatorCommand } from "./arguments.ts";
import { explainText } from "./explain-text.ts";
import { askGateway, type Question } from "./gateway-client.ts";
import { historyText, type RollbackAnswer, rollbackText } from "./history-text.ts";
import { type Paint, paintFor, printable } from "./paint.ts";
import { diffText, type HeldView, heldText, type PlanAnswer, planText } from "./plan-text.ts";

/** Asks the running gateway and prints what it says: as text, or with `json` as it comes. */
export async function askOperator(command: OperatorCommand, config: Config): Promise<number> {
  const answer = await askGateway<unknown>(config, questionOf(command));
  const print = (text: string) => void process.stdout.write(text);
  if (command.json) print(`${JSON.stringify(answer, undefined, 2)}\n`);
  else print(textOf(command, safe(answer), { paint: paintFor(process.stdout), now: systemClock().now() }));
  // As grep does it: nothing was found.
  return command.name === "explain" && !(answer as Explanation).found ? 1 : 0;
}

function questionOf(command: OperatorCommand): Question {
  const path = `/v1/${command.name}`;
  switch (command.name) {
    case "freeze":
      return { method: "POST", path, query: { for: command.for, reason: command.reason } };
    case "thaw":
      return { method: "POST", path };
    case "rollback":
      return { method: "POST", path, query: { generation: command.generation, reason: command.reason } };
    case "explain":
      return { method: "GET", path, query: { name: command.subject } };
    case "loglevel":
      return { method: "POST", path, query: { level: command.level } };
    case "accept":
      return { method: "POST", path, query: { namespace: command.namespace } };
    default:
      return { method: "GET", path };
  }
}

/** Each command's answer has a form of its own: that of the route of its name. */
function textOf(
  { name }: OperatorCommand,
  answer: unknown,
  { paint, now }: { readonly paint: Paint; readonly now: number },
): string {
  switch (name) {
    case "plan":
      return planText(answer as PlanAnswer, { paint, now });
    case "diff":
      return diffText((answer as { readonly diff: string }).diff, paint);
    case "history":
      return historyText((answer as { readonly entries: readonly HistoryEntry[] }).entries, paint);
    case "rollback":
      return rollbackText(answer as RollbackAnswer, paint);
    case "explain":
      return explainText(answer as Explanation, paint);
    case "freeze": {
      const { held, saved } = answer as { readonly held: HeldView; readonly saved: boolean };
      const lost = saved ? "" : paint("yellow", "\nnot saved: a restart of the agent ends it, see its log");
      return `${heldText(held, now)}${lost}\n`;
    }
    case "thaw":
      return (answer as { readonly thawed: boolean }).thawed ? "thawed\n" : "nothing was frozen\n";
    case "loglevel": {
      const { level, configured } = answer as LevelState;
      return `${level}${level === configured ? "" : `, until the agent is restarted; configured is ${configured}`}\n`;
    }
    case "accept":
      return acceptText(answer as AcceptAnswer);
  }
}

/** The names in an answer are those of apps and their authors. */
function safe(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (_, value: unknown) =>
    typeof value === "string" ? printable(value) : value,
  );
}

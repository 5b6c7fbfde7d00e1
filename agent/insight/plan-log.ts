import type { Cycle } from "../agent.ts";
import { messageOf } from "../errors.ts";
import type { Plan, Reason } from "../model.ts";

/** One plan that was carried out, or was not. Plain JSON. */
export interface PlanRecord {
  /** ISO time. */
  readonly at: string;
  readonly kind: Plan["kind"] | "unknown";
  readonly outcome: "applied" | "failed" | "held";
  readonly reasons: readonly Reason[];
  readonly tookMs: number;
  readonly generation?: string;
  /** One line, when it failed. */
  readonly error?: string;
  /** How many times in a row, where nothing else has changed. */
  readonly times: number;
}

/** The newest plans. */
export interface PlanLog {
  /** Told of every cycle; one that had nothing to do is not remembered. */
  record(cycle: Cycle, at: number): void;
  /** Newest first. */
  list(): readonly PlanRecord[];
}

const most = 50;

/** Remembers the newest plans for as long as the agent runs. */
export function createPlanLog(): PlanLog {
  const records: PlanRecord[] = [];
  return {
    record(cycle, at) {
      const next = recordOf(cycle, at);
      if (next === undefined) return;
      const [last] = records;
      if (last !== undefined && isSame(last, next)) records[0] = { ...next, times: last.times + 1 };
      else records.unshift(next);
      records.length = Math.min(records.length, most);
    },
    list: () => records,
  };
}

function recordOf(cycle: Cycle, at: number): PlanRecord | undefined {
  const { waiting, plan, error, report, fallback, tookMs } = cycle;
  const outcome = error !== undefined ? "failed" : waiting === undefined ? "applied" : "held";
  const shown = outcome === "failed" ? (plan ?? waiting) : (waiting ?? plan);
  const idle = error === undefined && (shown === undefined || shown.kind === "none");
  if (idle && fallback?.report === undefined) return undefined;
  return {
    at: new Date(at).toISOString(),
    kind: shown?.kind ?? "unknown",
    outcome,
    reasons: shown?.reasons ?? [],
    tookMs: Math.round(tookMs),
    ...(report !== undefined && { generation: report.generation }),
    ...(error !== undefined && { error: messageOf(error) }),
    times: 1,
  };
}

/** What is held or fails is looked at again and again. */
function isSame(last: PlanRecord, next: PlanRecord): boolean {
  const essence = ({ kind, outcome, reasons, error }: PlanRecord) => JSON.stringify([kind, outcome, reasons, error]);
  return next.outcome !== "applied" && essence(last) === essence(next);
}

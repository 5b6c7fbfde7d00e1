import type { HistoryEntry } from "../records/history-entry.ts";
import type { Paint } from "./paint.ts";

/** The answer of `/v1/rollback`. */
export interface RollbackAnswer {
  readonly generation: number;
  /** Vhosts of now that the configuration of then does not name. */
  readonly missing: readonly string[];
}

/** The answer of `/v1/history` for people: a line per entry. */
export function historyText(entries: readonly HistoryEntry[], paint: Paint): string {
  if (entries.length === 0) return "nothing has been recorded yet\n";
  const lines = entries.map(({ id, at, kind, outcome, reasons, error, vhosts, instances }) => {
    const why = reasons.map(
      ({ code, subjects, count }) => `${code} ${subjects.join(", ")}${more(count - subjects.length)}`,
    );
    const size = `${vhosts} vhosts, ${instances} instances`;
    const result = paint(outcome === "applied" ? "green" : "red", outcome);
    return `${String(id).padStart(6)}  ${at}  ${kind.padEnd(7)} ${result}  ${size}  ${[...why, ...(error === undefined ? [] : [error])].join("; ")}`;
  });
  return `${lines.join("\n")}\n`;
}

function more(count: number): string {
  return count > 0 ? ` and ${count} more` : "";
}

/** The answer of `/v1/rollback` for people. */
export function rollbackText({ generation, missing }: RollbackAnswer, paint: Paint): string {
  const lost =
    missing.length === 0
      ? ""
      : paint(
          "yellow",
          `vhosts of now that it does not have: ${missing.slice(0, 10).join(", ")}${more(missing.length - 10)}\n`,
        );
  return `rolled back to ${generation}; held until thawed\n${lost}`;
}

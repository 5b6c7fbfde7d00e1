import { join } from "node:path";
import { type AgentLine, readAgentLine } from "./agent-log.ts";
import { type Child, startChild } from "./child.ts";

/** The real agent, as a process of its own. */
export interface AgentProcess {
  start(): void;
  isRunning(): boolean;
  stop(signal: NodeJS.Signals): Promise<void>;
  /** How many changes it has applied so far, over all its lives. */
  applied(): number;
  /** Ids of apps that it refused. */
  refused(): ReadonlySet<string>;
}

/** The agent with this configuration file, not started yet; `onSaid` gets what matters of its log. */
export function createAgentProcess(file: string, onSaid: (line: AgentLine) => void): AgentProcess {
  const state = { applied: 0, refused: new Set<string>(), child: undefined as Child | undefined };
  const main = join(import.meta.dirname, "..", "..", "agent", "main.ts");
  return {
    start() {
      state.child = startChild([process.execPath, main, "-f", file], (line) => {
        const said = readAgentLine(line);
        if (said?.about === "applied") state.applied += 1;
        if (said?.about === "refused") state.refused.add(said.app);
        if (said !== undefined) onSaid(said);
      });
    },
    isRunning: () => state.child?.isRunning() ?? false,
    stop: async (signal) => await state.child?.stop(signal),
    applied: () => state.applied,
    refused: () => state.refused,
  };
}

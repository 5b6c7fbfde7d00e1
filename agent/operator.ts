import type { Cycle } from "./agent.ts";
import type { Clock, Wake } from "./clock.ts";
import type { Config } from "./config/schema.ts";
import { createFreezer } from "./freezer.ts";
import type { Hold } from "./hold.ts";
import type { Logger } from "./log.ts";
import { operatorRoutes } from "./operator-routes.ts";
import { createFreezeFile } from "./records/freeze-file.ts";
import type { Route } from "./status/api.ts";

/** What answers the operator's commands, and does what they ask for. */
export interface Operator {
  /** For the API, by path. */
  readonly routes: ReadonlyMap<string, Route>;
  /** Takes up what an earlier agent was told; before the loop begins. */
  restore(): Promise<void>;
  /** Told of every cycle. */
  onCycle(cycle: Cycle): void;
}

/** Joins the loop's hold, its newest cycle and what is kept on disk. `config`: as it was at the start. */
export function createOperator(parts: {
  readonly config: Config;
  readonly hold: Hold;
  readonly wake: Wake;
  readonly clock: Clock;
  readonly log: Logger;
}): Operator {
  const { hold } = parts;
  const freezer = createFreezer({ ...parts, file: freezeFile(parts.config) });
  const newest: { cycle: Cycle | undefined } = { cycle: undefined };
  return {
    routes: operatorRoutes({ cycle: () => newest.cycle, hold, freezer }),
    restore: freezer.restore,
    onCycle(cycle) {
      newest.cycle = cycle;
    },
  };
}

function freezeFile(config: Config) {
  if (!config.state_persistence_enabled) return undefined;
  return createFreezeFile(config.state_persistence_dir, { timeoutMs: config.disk_io_timeout_sec * 1000 });
}

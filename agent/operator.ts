import type { Cycle } from "./agent.ts";
import type { Clock, Wake } from "./clock.ts";
import type { Config } from "./config/schema.ts";
import { createFreezer } from "./freezer.ts";
import type { Hold } from "./hold.ts";
import { fatesOf } from "./insight/fates.ts";
import { createPlanLog } from "./insight/plan-log.ts";
import { createVhostLog } from "./insight/vhost-log.ts";
import type { Logger } from "./log.ts";
import { type LevelSwitch, levelRoute } from "./log-level.ts";
import type { NamespaceSnapshot, ProxyDriver } from "./model.ts";
import { type OperatorParts, operatorRoutes } from "./operator-routes.ts";
import { createFreezeFile } from "./records/freeze-file.ts";
import type { Route } from "./status/api.ts";
import type { Board } from "./status/board.ts";
import { createStatusPage } from "./status-page.ts";
import { statusRoutes } from "./status-routes.ts";

/** What answers the operator's commands, and does what they ask for. */
export interface Operator {
  /** For the API, by path. */
  readonly routes: ReadonlyMap<string, Route>;
  /** Takes up what an earlier agent was told; before the loop begins. */
  restore(): Promise<void>;
  /** Told of every cycle. */
  onCycle(cycle: Cycle): void;
}

/** The longest that an operator waits for the proxy to say what it has. */
const observeMs = 5000;

/** Joins the loop's hold, its newest cycle and what is kept on disk.  */
export function createOperator(parts: {
  readonly config: () => Config;
  readonly snapshots: () => readonly NamespaceSnapshot[];
  readonly board: () => Board;
  /** Path of the status page. */
  readonly pageFile: string;
  readonly driver: Pick<ProxyDriver, "observe">;
  readonly hold: Hold;
  readonly level: LevelSwitch;
  readonly accept: OperatorParts["accept"];
  readonly wake: Wake;
  readonly clock: Clock;
  readonly log: Logger;
}): Operator {
  const { hold, accept } = parts;
  const freezer = createFreezer({ ...parts, file: freezeFile(parts.config()) });
  const newest: { cycle: Cycle | undefined; count: number } = { cycle: undefined, count: 0 };
  const log = createVhostLog();
  const plans = createPlanLog();
  const fates = () => {
    const { desired, quarantined, desiredNotes: notes, namespaces: statuses } = parts.board();
    const { namespaces } = parts.config();
    const held = new Map(statuses.flatMap((one) => (one.held === undefined ? [] : [[one.namespace, one.held]])));
    return fatesOf({ snapshots: parts.snapshots(), namespaces, desired, quarantined, held, notes });
  };
  // Between two cycles the proxy may have changed, not least by the newest of them.
  const observe = () => parts.driver.observe(AbortSignal.timeout(observeMs)).catch(() => undefined);
  const known = {
    accept,
    board: parts.board,
    cycle: () => newest.cycle,
    revision: () => newest.count,
    fates,
    freezer,
    hold,
    log,
    plans,
    observe,
    platform: parts.config().proxy_platform,
    now: parts.clock.now,
    page: createStatusPage(parts.pageFile),
  };
  return {
    routes: new Map([...operatorRoutes(known), ...statusRoutes(known), levelRoute(parts.level)]),
    restore: freezer.restore,
    onCycle(cycle) {
      Object.assign(newest, { cycle, count: newest.count + 1 });
      log.record(cycle, parts.clock.now());
      plans.record(cycle, parts.clock.now());
    },
  };
}

function freezeFile(config: Config) {
  if (!config.state_persistence_enabled) return undefined;
  return createFreezeFile(config.state_persistence_dir, { timeoutMs: config.disk_io_timeout_sec * 1000 });
}

import { join } from "node:path";
import type { Cycle } from "./agent.ts";
import type { Clock, Wake } from "./clock.ts";
import { configFileOf } from "./config/config-file.ts";
import type { Config } from "./config/schema.ts";
import { withDeadline } from "./deadline.ts";
import { AgentError } from "./errors.ts";
import { fallbackOf } from "./fallback.ts";
import { createFreezer } from "./freezer.ts";
import type { Hold } from "./hold.ts";
import { fatesOf } from "./insight/fates.ts";
import { withLastKnown } from "./insight/last-known.ts";
import { createPlanLog } from "./insight/plan-log.ts";
import { createVhostLog } from "./insight/vhost-log.ts";
import { errorFacts, type Logger } from "./log.ts";
import { type LevelSwitch, levelRoute } from "./log-level.ts";
import type { NamespaceSnapshot, ProxyDriver } from "./model.ts";
import { type OperatorParts, operatorRoutes } from "./operator-routes.ts";
import { createRecorder } from "./recorder.ts";
import { createFreezeFile } from "./records/freeze-file.ts";
import { createHistory, type History } from "./records/history.ts";
import { createRollback } from "./rollback.ts";
import { reloadsOf } from "./stages.ts";
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
  /** Resolves when what is to be kept is on disk. */
  stop(): Promise<void>;
}

/** The longest that an operator waits for the proxy to say what it has. */
const observeMs = 5000;
const forever = new AbortController().signal;

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
  const history = historyFor(parts);
  const record = history === undefined ? () => undefined : createRecorder(history, parts.clock);
  const recorded = async (generation: number) => {
    const entry = await history?.read(generation);
    if (entry === undefined) throw new AgentError("disk-failed", `there is no generation ${generation} in the history`);
    return entry.content.file;
  };
  const freezer = createFreezer({ ...parts, file: freezeFile(parts.config()), recorded });
  const newest: { cycle: Cycle | undefined; shown: Cycle | undefined; count: number } = {
    cycle: undefined,
    /** With what an earlier one knew, where it has failed. */
    shown: undefined,
    count: 0,
  };
  const rollback = createRollback({
    history,
    freezer,
    hold,
    clock: parts.clock,
    wake: parts.wake,
    forbidden: () => forbidden(parts.config()),
    path: () => configFileOf(parts.config()),
  });
  const log = createVhostLog();
  const plans = createPlanLog();
  const fates = () => {
    const { desired, quarantined, desiredNotes: notes, namespaces: statuses } = parts.board();
    const { namespaces } = parts.config();
    const held = new Map(statuses.flatMap((one) => (one.held === undefined ? [] : [[one.namespace, one.held]])));
    return fatesOf({ snapshots: parts.snapshots(), namespaces, desired, quarantined, held, notes });
  };
  // Between two cycles the proxy may have changed, not least by the newest of them.
  const lookedAgain = async () => {
    // It may have to wait for a change under way, that may take minutes.
    const look = { clock: parts.clock, signal: forever, ms: observeMs };
    const running = await withDeadline(look, (signal) => parts.driver.observe(signal)).catch(() => undefined);
    return newest.shown && { ...newest.shown, ...(running && { running }) };
  };
  const known = {
    accept,
    board: parts.board,
    cycle: () => newest.cycle,
    revision: () => newest.count,
    fates,
    freezer,
    history,
    rollback,
    hold,
    log,
    plans,
    lookedAgain,
    platform: parts.config().proxy_platform,
    now: parts.clock.now,
    page: createStatusPage(parts.pageFile),
  };
  return {
    routes: new Map([
      ...operatorRoutes(known),
      ...statusRoutes({ ...known, cycle: () => newest.shown }),
      levelRoute(parts.level),
    ]),
    restore: freezer.restore,
    onCycle(cycle) {
      Object.assign(newest, { cycle, shown: withLastKnown(cycle, newest.shown), count: newest.count + 1 });
      for (const done of [cycle, ...fallbackOf(cycle)]) log.record(done, parts.clock.now());
      plans.record(cycle, parts.clock.now());
      record(cycle);
      rollback.onCycle(cycle);
    },
    stop: async () => await history?.flush(),
  };
}

function forbidden(config: Config): string | undefined {
  if (reloadsOf(config) === "allowed") return undefined;
  return `${config.proxy_platform}_reload_disabled is set: the configuration is not the gateway's to roll back`;
}

function historyFor({ config, log }: { readonly config: () => Config; readonly log: Logger }): History | undefined {
  const { state_persistence_enabled, state_persistence_dir } = config();
  if (!state_persistence_enabled) return undefined;
  return createHistory({
    directory: join(state_persistence_dir, "history"),
    timeoutMs: () => config().disk_io_timeout_sec * 1000,
    limits: () => ({ entries: config().history_entries, bytes: config().history_max_mb * 1024 * 1024 }),
    onFailure: (error) => log.warn("the history is not kept", errorFacts(error)),
  });
}

function freezeFile(config: Config) {
  if (!config.state_persistence_enabled) return undefined;
  return createFreezeFile(config.state_persistence_dir, { timeoutMs: config.disk_io_timeout_sec * 1000 });
}

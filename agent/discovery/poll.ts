import type { Clock } from "../clock.ts";
import type { NamespaceConfig } from "../config/schema.ts";
import type { DroveClient } from "../drove/client.ts";
import { messageOf } from "../errors.ts";
import { watchControllers } from "./controllers.ts";
import {
  beginPoll,
  decide,
  initialState,
  pauseAfter,
  type Wanted,
  type WatchState,
  type WatchTiming,
} from "./decide.ts";
import { createHealthBoard, type HealthBoard } from "./health-board.ts";
import { createIntake, type IntakeOptions } from "./intake.ts";
import { type Asker, answerTo } from "./questions.ts";
import type { DiscoveryLog, DiscoveryObserver, WatchReport } from "./status.ts";

export interface PollerOptions extends Pick<IntakeOptions, "onSnapshot" | "onConfirmed"> {
  readonly config: NamespaceConfig;
  readonly timing: WatchTiming;
  readonly client: DroveClient;
  readonly clock: Clock;
  readonly log: DiscoveryLog;
  readonly observer: DiscoveryObserver;
  /** True while the list must be asked for in every poll, events or not. */
  readonly doubted: () => boolean;
  /** Told after each poll, and whenever the health of a controller changes. */
  readonly onReport: (report: WatchReport) => void;
  readonly signal: AbortSignal;
}

/** The I/O of a watcher: asks what decide.ts wants to know, and tells what came of it. */
export interface Poller {
  /** Asks until there is nothing left to ask. Returns how long to wait then, in ms. */
  poll(wanted: Wanted | undefined): Promise<number>;
  /** Resolves when no call is under way. */
  idle(): Promise<void>;
}

interface Memory {
  state: WatchState;
  /** The leader that was logged last. */
  leader: string | undefined;
  /** Why the last poll failed; undefined if it did not. */
  problem: string | undefined;
  failing: boolean;
  during: "poll" | "pause";
  polls: number;
  failedPolls: number;
}

export function createPoller(options: PollerOptions): Poller {
  const { config, timing, clock, observer, signal } = options;
  const memory: Memory = {
    state: initialState,
    leader: undefined,
    problem: "not asked yet",
    failing: false,
    during: "pause",
    polls: 0,
    failedPolls: 0,
  };
  const report = () => publish(memory, health, options);
  const health = createHealthBoard(config.drove, () => memory.during === "pause" && report());
  const controllers = watchControllers({ ...options, health });
  const intake = createIntake({ ...options, namespace: config.name });
  const asker: Asker = {
    namespace: config.name,
    client: options.client,
    clock,
    controllers,
    health,
    intake,
    observer,
    signal,
  };

  return {
    idle: () => controllers.idle(),
    async poll(wanted) {
      memory.during = "poll";
      const failure = await askAll(memory, asker, { now: clock.monotonic(), resyncMs: timing.resyncMs, wanted });
      memory.during = "pause";
      if (signal.aborted) return 0;
      conclude(memory, failure, options);
      report();
      return pauseAfter(memory.state, timing, clock);
    },
  };
}

/** One poll. Returns the last failure, if the poll as a whole failed. */
async function askAll(memory: Memory, asker: Asker, begin: Parameters<typeof beginPoll>[1]): Promise<unknown> {
  let { state, question } = beginPoll(memory.state, begin);
  let failure: unknown;
  while (question.ask !== "nothing" && !asker.signal.aborted) {
    const fact = await answerTo(question, asker);
    failure = fact.is === "failed" ? fact.error : undefined;
    ({ state, question } = decide(state, fact));
  }
  memory.state = state;
  return failure;
}

/** Logs only what is new: the leader, the beginning and the end of a failure. */
function conclude(memory: Memory, failure: unknown, { config, log }: PollerOptions): void {
  const namespace = config.name;
  const { leader } = memory.state;
  const problem = failure === undefined ? undefined : messageOf(failure);
  memory.polls += 1;
  if (problem !== undefined) memory.failedPolls += 1;
  if (problem !== undefined && !memory.failing) log.warn("controllers give no state", { namespace, error: problem });
  if (problem === undefined && memory.failing) log.info("controllers give state again", { namespace, leader });
  if (leader !== undefined && leader !== memory.leader) {
    log.info("controller leads", { namespace, leader, before: memory.leader });
    memory.leader = leader;
  }
  memory.problem = problem;
  memory.failing = problem !== undefined;
}

function publish(memory: Memory, health: HealthBoard, { config, observer, onReport }: PollerOptions): void {
  const endpoints = health.statuses();
  const healthy = endpoints.filter((one) => one.healthy).length;
  observer.endpointsCounted({ namespace: config.name, configured: endpoints.length, healthy });
  onReport({
    healthy: memory.problem === undefined,
    message: memory.problem ?? "OK",
    failures: memory.state.failures,
    endpoints,
    counters: { polls: memory.polls, failedPolls: memory.failedPolls },
  });
}

import type { Board } from "./board.ts";

/** What a probe of an orchestrator is told: 200 or 503, and one line. */
export interface Probe {
  readonly status: 200 | 503;
  readonly message: string;
}

/** How many intervals the loop may miss before it counts as stuck. */
const missedIntervals = 3;

/**
 * Fails only if the loop is stuck: restarting cures that, and nothing else. An agent that is stopping is alive, so that
 * nobody cuts its orderly end short. `monotonic` is `Clock.monotonic()`, which no change of the wall clock disturbs.
 */
export function liveProbe(board: Board, monotonic: number): Probe {
  const quietMs = monotonic - board.turn.monotonic;
  const allowedMs = missedIntervals * board.turn.longestIntervalMs;
  if (board.phase === "stopping" || quietMs <= allowedMs) return { status: 200, message: "alive" };
  return {
    status: 503,
    message: `the loop has not turned for ${seconds(quietMs)} s, more than ${seconds(allowedMs)} s`,
  };
}

/** True from the first proven apply until the agent is told to stop. */
export function readyProbe(board: Board): Probe {
  if (board.phase === "stopping") return { status: 503, message: "stopping" };
  if (board.proven === undefined) return { status: 503, message: "the proxy has not served a config of ours yet" };
  return { status: 200, message: "ready" };
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}

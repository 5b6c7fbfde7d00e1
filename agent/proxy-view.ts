import type { ProxyObserver } from "./apply/proxy-observer.ts";
import type { Clock } from "./clock.ts";
import { messageOf } from "./errors.ts";
import type { Logger } from "./log.ts";
import { type BoardHolder, withFailure, withSuccess } from "./status/board.ts";
import type { Metrics, ProxyApi } from "./status/metrics.ts";

/** Tells of what a driver does beside the cycles. */
export function observeProxy(parts: {
  /** Whose API is called. */
  readonly api: ProxyApi;
  readonly board: BoardHolder;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly clock: Clock;
}): ProxyObserver {
  const { api, board, metrics, log, clock } = parts;
  const result = (ok: boolean) => (ok ? "success" : "failure");
  return {
    called: ({ operation, ok }) => metrics.proxyCalled({ api, operation, result: result(ok) }),
    updated: ({ ok, ms }) => metrics.runtimeUpdated({ api, result: result(ok), seconds: ms / 1000 }),
    drained({ backend, server, cut, tookMs }) {
      metrics.drained({ seconds: tookMs / 1000, cut });
      if (cut > 0) log.warn("requests were cut, drain_timeout_sec was over", { backend, server, cut, took_ms: tookMs });
      else log.debug("drained", { backend, server, took_ms: tookMs });
    },
    draining: metrics.draining,
    stateSaved(error) {
      const at = clock.now();
      board.update((now) =>
        error === undefined
          ? withSuccess(now, { concern: "serverState", at })
          : withFailure(now, { concern: "serverState", at, message: messageOf(error) }),
      );
    },
  };
}

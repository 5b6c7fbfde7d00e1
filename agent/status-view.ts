import type { ProxyObserver } from "./apply/proxy-observer.ts";
import type { Clock } from "./clock.ts";
import type { Discovery } from "./discovery/discovery.ts";
import type { DiscoveryObserver } from "./discovery/status.ts";
import { messageOf } from "./errors.ts";
import type { Hold } from "./hold.ts";
import type { Logger } from "./log.ts";
import {
  type Board,
  type BoardHolder,
  type NamespaceStatus,
  withFailure,
  withNamespaces,
  withSuccess,
} from "./status/board.ts";
import type { Metrics } from "./status/metrics.ts";

/** The board with what is asked rather than told: namespaces, saving of their snapshots, a hold that lasts too long. */
export function currentBoard(
  board: Board,
  sources: { readonly discovery: Discovery; readonly hold: Hold; readonly now: number },
): Board {
  const { discovery, hold, now: at } = sources;
  const disk = discovery.disk();
  const shown = withNamespaces(board, discovery.status().map(namespaceStatus));
  const saved = disk.healthy ? shown : withFailure(shown, { concern: "diskIO", at, message: disk.message });
  if (!hold.isOverdue()) return saved;
  const message = "the proxy was to restart (SIGUSR1), but nobody has said that it is up (SIGUSR2)";
  return withFailure(saved, { concern: "controlPlane", at, message });
}

function namespaceStatus(status: ReturnType<Discovery["status"]>[number]): NamespaceStatus {
  const { namespace, healthy, message, endpoints, lastUpdated, dataFromDisk } = status;
  const source = lastUpdated === undefined ? "none" : dataFromDisk ? "disk" : "controller";
  return { namespace, healthy, message, source, fetchedAt: lastUpdated, endpoints };
}

/** Tells of what a driver does beside the cycles. */
export function observeProxy(parts: {
  readonly board: BoardHolder;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly clock: Clock;
}): ProxyObserver {
  const { board, metrics, log, clock } = parts;
  const result = (ok: boolean) => (ok ? "success" : "failure");
  return {
    called: ({ operation, ok }) => metrics.proxyCalled({ api: "haproxy", operation, result: result(ok) }),
    updated: ({ ok, ms }) => metrics.runtimeUpdated({ api: "haproxy", result: result(ok), seconds: ms / 1000 }),
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

/** Counts what discovery does. What discovery *is* comes from the board. */
export function countDiscovery(metrics: Metrics): DiscoveryObserver {
  return {
    endpointCheckFailed({ namespace, kind }) {
      metrics.endpointCheckFailed(namespace);
      if (kind === "down") metrics.endpointDown(namespace);
    },
    endpointsCounted: () => undefined,
    eventsFailed: ({ namespace }) => metrics.streamFailed(namespace),
    eventsMissed: ({ namespace }) => metrics.streamHadNoData(namespace),
    eventsReceived: metrics.eventsReceived,
    listFailed: ({ namespace }) => metrics.syncFailed(namespace),
    listReceived: ({ namespace, tookMs }) => metrics.appsRefreshed({ namespace, seconds: tookMs / 1000 }),
    namespaceRemoved: () => undefined,
  };
}

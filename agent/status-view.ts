import type { Discovery } from "./discovery/discovery.ts";
import type { DiscoveryObserver } from "./discovery/status.ts";
import type { Hindrance, Hold } from "./hold.ts";
import {
  type Board,
  type ChangesHeld,
  type NamespaceStatus,
  withFailure,
  withHeld,
  withNamespaces,
} from "./status/board.ts";
import type { Metrics } from "./status/metrics.ts";

/** The board with what is asked rather than told: namespaces, saving of their snapshots, who holds changes. */
export function currentBoard(
  board: Board,
  sources: { readonly discovery: Discovery; readonly hold: Hold; readonly now: number },
): Board {
  const { discovery, hold, now: at } = sources;
  const disk = discovery.disk();
  const shown = withHeld(withNamespaces(board, discovery.status().map(namespaceStatus)), changesHeld(hold.held()));
  const saved = disk.healthy ? shown : withFailure(shown, { concern: "diskIO", at, message: disk.message });
  if (!hold.isOverdue()) return saved;
  const message = "the proxy was to restart (SIGUSR1), but nobody has said that it is up (SIGUSR2)";
  return withFailure(saved, { concern: "controlPlane", at, message });
}

function changesHeld(held: Hindrance | undefined): ChangesHeld | undefined {
  if (held === undefined) return undefined;
  const isRollback = held.by === "freeze" && held.rollback !== undefined;
  return { by: isRollback ? "rollback" : held.by, since: held.since };
}

function namespaceStatus(status: ReturnType<Discovery["status"]>[number]): NamespaceStatus {
  const { namespace, healthy, message, endpoints, lastUpdated, dataFromDisk, held } = status;
  const source = lastUpdated === undefined ? "none" : dataFromDisk ? "disk" : "controller";
  return { namespace, healthy, message, source, fetchedAt: lastUpdated, endpoints, held };
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
    guardDecided: metrics.guardDecided,
    listFailed: ({ namespace }) => metrics.syncFailed(namespace),
    listReceived: ({ namespace, tookMs }) => metrics.appsRefreshed({ namespace, seconds: tookMs / 1000 }),
    namespaceRemoved: () => undefined,
  };
}

import type { NoteCode } from "../model.ts";
import { type Board, holders, type NamespaceStatus } from "./board.ts";
import { configVerdict, templateVerdict } from "./health.ts";
import type { Families } from "./metric-families.ts";

/** Notes that say something was left out because it was bad. */
const refusals: ReadonlySet<NoteCode> = new Set([
  "app-malformed",
  "vhost-refused",
  "host-refused",
  "port-refused",
  "tag-refused",
]);

/** Sets every gauge from the board; `now` in ms since the epoch. Series of what is gone go with it. */
export function showBoard(families: Families, board: Board, now: number): void {
  showVerdicts(families.verdict, board);
  for (const gauge of Object.values(families.shown)) gauge.reset();
  for (const status of board.namespaces) showNamespace(families.shown, { board, status, now });
  showOwn(families.own, board, now);
}

function showVerdicts(gauges: Families["verdict"], board: Board): void {
  const { resolver, upstreamUpdates, serverState, controlPlane, diskIO } = board.verdicts;
  const shown = {
    resolver,
    upstreamUpdates,
    serverState,
    controlPlane,
    diskIO,
    template: templateVerdict(board),
    config: configVerdict(board),
  };
  for (const [name, gauge] of Object.entries(gauges)) gauge.set(Number(shown[name as keyof typeof shown].healthy));
}

function showNamespace(
  gauges: Families["shown"],
  { board, status, now }: { readonly board: Board; readonly status: NamespaceStatus; readonly now: number },
): void {
  const labels = { namespace: status.namespace };
  const healthy = status.endpoints.filter((endpoint) => endpoint.healthy).length;
  const counts = board.appCounts.find((one) => one.namespace === status.namespace);
  gauges.configured.set(labels, status.endpoints.length);
  gauges.healthy.set(labels, healthy);
  gauges.allDown.set(labels, Number(status.endpoints.length > 0 && healthy === 0));
  gauges.withTag.set(labels, counts?.withRoutingTag ?? 0);
  gauges.withoutTag.set(labels, counts?.withoutRoutingTag ?? 0);
  gauges.ignored.set(labels, counts?.ignoredByRealm ?? 0);
  gauges.heldVhosts.set(labels, status.held?.vhosts.lost ?? 0);
  gauges.heldMembers.set(labels, status.held?.members.lost ?? 0);
  gauges.heldSeconds.set(labels, status.held === undefined ? 0 : Math.max(0, now - status.held.since) / 1000);
  // Without data the age still grows, so that one alert covers a namespace that never answered.
  gauges.dataAge.set(labels, Math.max(0, now - (status.fetchedAt ?? board.startedAt)) / 1000);
}

function showOwn(gauges: Families["own"], board: Board, now: number): void {
  for (const by of holders) {
    const since = board.held?.by === by ? board.held.since : now;
    gauges.heldSeconds.set({ by }, Math.max(0, now - since) / 1000);
  }
  const vhosts = board.desired?.vhosts ?? [];
  gauges.vhosts.set(vhosts.length);
  gauges.members.set(vhosts.reduce((sum, vhost) => sum + vhost.members.length, 0));
  gauges.oldWorkers.set(board.oldWorkers);
  gauges.oldGenerations.set(board.oldGenerations);
  gauges.build.set({ version: board.build.version, commit: board.build.commit }, 1);
  gauges.config.reset();
  if (board.proven !== undefined) gauges.config.set({ generation: board.proven.generation }, 1);
  if (board.proven !== undefined) gauges.provenAt.set(board.proven.at / 1000);
  gauges.notes.reset();
  for (const note of [...board.configNotes, ...board.desiredNotes]) gauges.notes.inc({ code: note.code });
  gauges.quarantined.reset();
  for (const { namespace } of board.namespaces) gauges.quarantined.set({ namespace }, 0);
  for (const { namespace } of board.quarantined) gauges.quarantined.inc({ namespace });
  gauges.refused.reset();
  for (const note of board.desiredNotes) {
    if (refusals.has(note.code)) gauges.refused.inc({ namespace: note.namespace ?? "", code: note.code });
  }
}

import type { ReloadDelay } from "../hold.ts";
import type { Quarantined } from "../quarantine/quarantined.ts";
import type { Board, NamespaceStatus, Verdict } from "./board.ts";
import { withoutUrlSecrets } from "./redact.ts";

/** How Go prints a time that was never set; dashboards of the field know it. */
const neverUpdated = "0001-01-01T00:00:00Z";
const longestMessage = 1000;
const mostNames = 5;

/** The answer of `/v1/health`: 200, or 500 if anything is unhealthy. */
export interface HealthReport {
  readonly status: 200 | 500;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Says how everything is, in the keys that dashboards of the field read. A controller that is down makes nothing
 * unhealthy while its namespace is served by another; data from disk and refused apps are told, not punished.
 */
export function healthReport(board: Board): HealthReport {
  const { upstreamUpdates, serverState, diskIO, resolver, controlPlane } = board.verdicts;
  const parts = {
    Config: configVerdict(board),
    Template: templateVerdict(board),
    UpstreamUpdatesViaAPI: upstreamUpdates,
    ServerStateFileUpdate: serverState,
    DiskIO: diskIO,
    ResolverHealth: resolver,
    ProxyControlPlane: controlPlane,
  };
  const healthy = [...Object.values(parts), ...board.namespaces].every((part) => part.healthy);
  return {
    status: healthy ? 200 : 500,
    body: {
      ...Object.fromEntries(Object.entries(parts).map(([key, part]) => [key, entry(part)])),
      DataManagerState: dataManagerState(board.namespaces),
      NamespaceHealth: byNamespace(board.namespaces, namespaceEntry),
      NamespaceEndpoints: byNamespace(board.namespaces, endpointEntries),
      Quarantine: quarantineEntry(board.quarantined),
      Notes: board.desiredNotes.length + board.configNotes.length,
      OldWorkers: board.oldWorkers,
      DelayedReload: delayEntry(board.reloadDelay),
      HeldAnswers: heldEntries(board.namespaces),
      ChangesHeld: board.held === undefined ? null : { By: board.held.by, Since: rfc3339(board.held.since) },
    },
  };
}

/** The way from the TOML file to a proxy that serves it, as one verdict: the field has one key for all of it. */
export function configVerdict(board: Board): Pick<Verdict, "healthy" | "message"> {
  const { config, check, reload } = board.verdicts;
  return together([config, check, reload]);
}

/** The template as it is now, and what comes of it. */
export function templateVerdict(board: Board): Pick<Verdict, "healthy" | "message"> {
  const { template, rendering } = board.verdicts;
  return together([template, rendering]);
}

/** What is wrong with any of them; the last one's word where nothing is. */
function together(verdicts: readonly Verdict[]): Pick<Verdict, "healthy" | "message"> {
  const bad = verdicts.filter((verdict) => !verdict.healthy);
  if (bad.length === 0) return { healthy: true, message: verdicts.at(-1)?.message ?? "OK" };
  return { healthy: false, message: bad.map((verdict) => verdict.message).join("; ") };
}

function entry(verdict: Pick<Verdict, "healthy" | "message">) {
  return { Healthy: verdict.healthy, Message: shown(verdict.message) };
}

function namespaceEntry(status: NamespaceStatus) {
  return { Namespace: status.namespace, ...entry(status) };
}

function endpointEntries(status: NamespaceStatus) {
  return status.endpoints.map((one) => ({
    Namespace: status.namespace,
    Endpoint: withoutUrlSecrets(one.endpoint),
    ...entry(one),
  }));
}

/** Told, not punished: the gateway does well without them. */
function quarantineEntry(quarantined: readonly Quarantined[]) {
  const names = quarantined.slice(0, mostNames).map((one) => `${one.namespace}/${one.appId}`);
  const more = quarantined.length > mostNames ? ` and ${quarantined.length - mostNames} more` : "";
  const [first] = quarantined;
  const message = first === undefined ? "OK" : `the proxy refuses ${names.join(", ")}${more}: ${first.reason}`;
  return { Apps: quarantined.length, Message: shown(message) };
}

/** Told, not punished: it ends by itself. Empty while none waits. */
function delayEntry(delay: ReloadDelay | undefined) {
  if (delay === undefined) return {};
  const { since, until, oldGenerations, maxOldGenerations } = delay;
  const Message = `a reload waits: workers of ${oldGenerations} earlier generations still finish requests, and max_old_workers is ${maxOldGenerations}`;
  return { Since: rfc3339(since), Until: rfc3339(until), Message };
}

/** Of a cluster of thousands of vhosts a few names do; `/v1/config` has them all. */
const namesShown = 10;

/** Told, not punished: traffic goes on, and a restart of the gateway would make nothing better. */
function heldEntries(statuses: readonly NamespaceStatus[]) {
  const entries = statuses.flatMap(({ namespace, held }) => {
    if (held === undefined) return [];
    const { since, polls, vhosts, members, names } = held;
    const Message = `the newest answer lacks ${members.lost} of ${members.of} instances; ${vhosts.lost} of ${vhosts.of} vhosts keep theirs until it is confirmed, or accepted by: drove-gateway accept ${namespace}`;
    return [[namespace, { Since: rfc3339(since), Polls: polls, Message, Vhosts: names.slice(0, namesShown) }]];
  });
  return Object.fromEntries(entries);
}

function byNamespace<T>(statuses: readonly NamespaceStatus[], of: (status: NamespaceStatus) => T) {
  return Object.fromEntries(statuses.map((status) => [status.namespace, of(status)]));
}

/** `LastUpdated` is the time of the oldest data that the message speaks of. */
function dataManagerState(statuses: readonly NamespaceStatus[]) {
  const stale = statuses.filter((status) => status.source !== "controller");
  return {
    UsingFreshDroveState: stale.length === 0,
    Message: stale.length === 0 ? "OK" : shown(stale.map(staleness).join("; ")),
    LastUpdated: oldest(stale.length === 0 ? statuses : stale),
  };
}

function staleness({ namespace, fetchedAt }: NamespaceStatus): string {
  if (fetchedAt === undefined) return `namespace ${namespace} has no data yet`;
  return `namespace ${namespace} is served from disk, stale since ${rfc3339(fetchedAt)}`;
}

function oldest(statuses: readonly NamespaceStatus[]): string {
  const times = statuses.map((status) => status.fetchedAt).filter((time) => time !== undefined);
  return times.length === 0 ? neverUpdated : rfc3339(Math.min(...times));
}

function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

/** A controller may answer with any length of error. */
function shown(message: string): string {
  const text = withoutUrlSecrets(message);
  return text.length > longestMessage ? `${text.slice(0, longestMessage)}…` : text;
}

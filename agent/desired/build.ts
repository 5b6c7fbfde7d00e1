import type { NamespaceConfig } from "../config/schema.ts";
import { createListMemo, createMemo } from "../memo.ts";
import type { DesiredState, DroveApp, NamespaceSnapshot, NamespaceView, Note } from "../model.ts";
import { type AppCounts, createJudges, type Verdict } from "./judge.ts";
import { createMerger, type PlacedApp } from "./merge.ts";
import { checkVhost } from "./names.ts";

/** The desired state, with what was refused on the way and why. */
export interface Built {
  readonly value: DesiredState;
  readonly notes: readonly Note[];
  readonly counts: readonly AppCounts[];
}

interface Gathered {
  readonly apps: readonly PlacedApp[];
  readonly counts: AppCounts;
}

/** At most this many notes of one namespace are kept: a cluster full of bad apps must not fill the memory. */
const maxNotes = 1000;

/** Builds the desired state of the newest snapshots. */
export type BuildDesired = (snapshots: readonly NamespaceSnapshot[], namespaces: readonly NamespaceConfig[]) => Built;

/**
 * The only gate between Drove and the proxy: nothing that a controller said passes unchecked. An app that is refused
 * becomes a note with its id, and the others go on. An app without instances keeps its vhost, so that its clients get
 * a clean 503 and nothing is reloaded when it flaps.
 */
export function buildDesired(snapshots: readonly NamespaceSnapshot[], namespaces: readonly NamespaceConfig[]): Built {
  return createBuilder()(snapshots, namespaces);
}

/** Of the apps of one namespace, in the order of their ids. */
type JudgeApps = (apps: readonly DroveApp[]) => readonly Verdict[];

/** A builder that checks an app only once: what is the same object as before makes the same vhost, as an object too. */
export function createBuilder(): BuildDesired {
  const judgesOnce = createMemo<ReadonlyMap<string, JudgeApps>>();
  const mergeVhosts = createMerger();
  return (snapshots, namespaces) => {
    const notes: Note[] = [];
    const views = viewNamespaces(snapshots, { namespaces, notes });
    const judges = judgesOnce([namespaces], () => rememberingJudges(namespaces, views));
    const gathered = snapshots.flatMap((snapshot): readonly Gathered[] => {
      const judge = judges.get(snapshot.namespace);
      return judge === undefined ? [] : [gatherApps(snapshot, { judge, notes })];
    });
    return {
      value: { vhosts: mergeVhosts(gathered.flatMap((one) => one.apps)), namespaces: views },
      notes,
      counts: gathered.map((one) => one.counts),
    };
  };
}

function rememberingJudges(
  namespaces: readonly NamespaceConfig[],
  views: readonly NamespaceView[],
): ReadonlyMap<string, JudgeApps> {
  const keyOf = (app: DroveApp) => app.appId;
  const judges = [...createJudges(namespaces, views)];
  return new Map(judges.map(([namespace, make]) => [namespace, createListMemo<DroveApp, Verdict>({ keyOf, make })]));
}

function viewNamespaces(
  snapshots: readonly NamespaceSnapshot[],
  { namespaces, notes }: { readonly namespaces: readonly NamespaceConfig[]; readonly notes: Note[] },
): readonly NamespaceView[] {
  const taken = new Set<string>();
  const views = namespaces.map((config): NamespaceView => {
    const checked = config.leader_vhost === "" ? undefined : checkVhost(config.leader_vhost);
    const reason =
      checked?.ok === false
        ? checked.reason
        : checked !== undefined && taken.has(checked.value)
          ? "is the leader_vhost of another namespace"
          : undefined;
    if (reason !== undefined)
      notes.push({
        code: "vhost-refused",
        subject: "leader_vhost",
        message: `leader_vhost ${reason}`,
        namespace: config.name,
      });
    const leaderVhost = checked?.ok && reason === undefined ? checked.value : "";
    taken.add(leaderVhost);
    const leader = snapshots.find((snapshot) => snapshot.namespace === config.name)?.leader;
    return { name: config.name, leaderVhost, leader, routingTag: config.routing_tag };
  });
  return views.sort((left, right) => (left.name < right.name ? -1 : 1));
}

function gatherApps(
  snapshot: NamespaceSnapshot,
  { judge, notes }: { readonly judge: JudgeApps; readonly notes: Note[] },
): Gathered {
  const { namespace } = snapshot;
  const add = noteAdder(namespace, notes);
  for (const note of snapshot.notes) add(note);
  const tally = { withRoutingTag: 0, withoutRoutingTag: 0, ignoredByRealm: 0 };
  const apps: PlacedApp[] = [];
  for (const { app, counted, notes: said } of judge([...snapshot.apps].sort(byAppId))) {
    for (const note of said) add(note);
    if (counted !== undefined) tally[counted] += 1;
    if (app !== undefined) apps.push(app);
  }
  return { apps, counts: { namespace, ...tally } };
}

function noteAdder(namespace: string, notes: Note[]): (note: Note) => void {
  const counter = { added: 0 };
  return (note) => {
    counter.added += 1;
    if (counter.added <= maxNotes) notes.push({ ...note, namespace });
  };
}

function byAppId(left: DroveApp, right: DroveApp): number {
  return left.appId < right.appId ? -1 : Number(left.appId > right.appId);
}

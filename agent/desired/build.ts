import type { NamespaceConfig } from "../config/schema.ts";
import type { DesiredState, DroveApp, NamespaceSnapshot, NamespaceView, Note } from "../model.ts";
import { checkApp, type Refuse, vhostOf } from "./app.ts";
import { mergeVhosts, type PlacedApp } from "./merge.ts";
import { checkVhost } from "./names.ts";
import { realmFilter } from "./select.ts";

/** What happened to the apps of one namespace, for metrics. */
export interface AppCounts {
  readonly namespace: string;
  readonly withRoutingTag: number;
  readonly withoutRoutingTag: number;
  readonly ignoredByRealm: number;
}

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

/**
 * The only gate between Drove and the proxy: nothing that a controller said passes unchecked. An app that is refused
 * becomes a note with its id, and the others go on. An app without instances keeps its vhost, so that its clients get
 * a clean 503 and nothing is reloaded when it flaps.
 */
export function buildDesired(snapshots: readonly NamespaceSnapshot[], namespaces: readonly NamespaceConfig[]): Built {
  const notes: Note[] = [];
  const views = viewNamespaces(snapshots, { namespaces, notes });
  const leaderVhosts = new Map(views.map((view) => [view.leaderVhost, view.name]));
  const gathered = snapshots.flatMap((snapshot): readonly Gathered[] => {
    const config = namespaces.find((one) => one.name === snapshot.namespace);
    return config === undefined ? [] : [gatherApps(snapshot, { config, leaderVhosts, notes })];
  });
  return {
    value: { vhosts: mergeVhosts(gathered.flatMap((one) => one.apps)), namespaces: views },
    notes,
    counts: gathered.map((one) => one.counts),
  };
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
  options: {
    readonly config: NamespaceConfig;
    readonly leaderVhosts: ReadonlyMap<string, string>;
    readonly notes: Note[];
  },
): Gathered {
  const { config, leaderVhosts } = options;
  const add = noteAdder(snapshot.namespace, options.notes);
  for (const note of snapshot.notes) add(note);
  const inRealm = realmFilter(config);
  const tally = { withRoutingTag: 0, withoutRoutingTag: 0, ignoredByRealm: 0 };
  const apps = [...snapshot.apps].sort(byAppId).flatMap((app): readonly PlacedApp[] => {
    const refuse: Refuse = (code, message) => add({ code, subject: app.appId, message });
    const vhost = vhostOf(app, refuse);
    if (vhost === undefined) return [];
    if (!inRealm(vhost)) {
      tally.ignoredByRealm += 1;
      return [];
    }
    const owner = leaderVhosts.get(vhost);
    if (owner !== undefined) {
      refuse("vhost-refused", `vhost "${vhost}" is the leader_vhost of namespace ${owner}; the app is not served`);
      return [];
    }
    const checked = checkApp(app, { vhost, routingTag: config.routing_tag, refuse });
    if (checked === undefined) return [];
    tally[checked.hasRoutingTag ? "withRoutingTag" : "withoutRoutingTag"] += 1;
    return [{ ...checked, namespace: snapshot.namespace, routingTagKey: config.routing_tag }];
  });
  return { apps, counts: { namespace: snapshot.namespace, ...tally } };
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

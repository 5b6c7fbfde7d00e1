import type { NamespaceConfig } from "../config/schema.ts";
import type { Former } from "../memo.ts";
import type { DroveApp, NamespaceView, Note } from "../model.ts";
import { checkApp, type FormerMembers, type Refuse, vhostOf, withHosts } from "./app.ts";
import type { PlacedApp } from "./merge.ts";
import { type RealmFilter, realmFilter } from "./select.ts";

/** What happened to the apps of one namespace, for metrics. */
export interface AppCounts {
  readonly namespace: string;
  readonly withRoutingTag: number;
  readonly withoutRoutingTag: number;
  readonly ignoredByRealm: number;
}

/** What becomes of one app; the notes say what was refused, all of it, or an instance, or a tag. */
export interface Verdict {
  /** Undefined if it is not served: its realm leaves it out, or it is refused. */
  readonly app: PlacedApp | undefined;
  readonly counted: Exclude<keyof AppCounts, "namespace"> | undefined;
  readonly notes: readonly Note[];
}

/** What was said of the app before saves the checks of what has not changed. */
export type Judge = (app: DroveApp, former?: Former<DroveApp, Verdict>) => Verdict;

/** The one place where an app is kept or not: for each namespace, who says what becomes of its apps. */
export function createJudges(
  namespaces: readonly NamespaceConfig[],
  views: readonly NamespaceView[],
): ReadonlyMap<string, Judge> {
  const leaderVhosts = new Map(views.map((view) => [view.leaderVhost, view.name]));
  return new Map(
    namespaces.map((config) => {
      const inRealm = realmFilter(config);
      const judge: Judge = (app, former) =>
        judgeHosts(app, former) ?? judgeApp(app, { config, inRealm, leaderVhosts, former });
      return [config.name, judge];
    }),
  );
}

/** An app that is served already, and of which nothing but its hosts is another; undefined if there is more to judge. */
function judgeHosts(app: DroveApp, former: Former<DroveApp, Verdict> | undefined): Verdict | undefined {
  if (former === undefined) return undefined;
  const { source, result } = former;
  const isSame = source.vhost === app.vhost && source.tags === app.tags && result.notes.length === 0;
  if (!isSame || result.app === undefined) return undefined;
  const notes: Note[] = [];
  return {
    app: withHosts(result.app, app.hosts, { refuse: noting(app, notes), former: membersOf(former) }),
    counted: result.counted,
    notes,
  };
}

function noting({ appId }: DroveApp, notes: Note[]): Refuse {
  return (code, message) => notes.push({ code, subject: appId, message });
}

function judgeApp(
  app: DroveApp,
  options: {
    readonly config: NamespaceConfig;
    readonly inRealm: RealmFilter;
    readonly leaderVhosts: ReadonlyMap<string, string>;
    readonly former: Former<DroveApp, Verdict> | undefined;
  },
): Verdict {
  const { config, inRealm, leaderVhosts, former } = options;
  const notes: Note[] = [];
  const none = { app: undefined, counted: undefined, notes };
  const refuse = noting(app, notes);
  const vhost = vhostOf(app, refuse);
  if (vhost === undefined) return none;
  if (!inRealm(vhost)) return { ...none, counted: "ignoredByRealm" };
  const owner = leaderVhosts.get(vhost);
  if (owner !== undefined) {
    refuse("vhost-refused", `vhost "${vhost}" is the leader_vhost of namespace ${owner}; the app is not served`);
    return none;
  }
  const checked = checkApp(app, { vhost, routingTag: config.routing_tag, refuse, former: former && membersOf(former) });
  if (checked === undefined) return none;
  return {
    app: { ...checked, namespace: config.name, routingTagKey: config.routing_tag },
    counted: checked.hasRoutingTag ? "withRoutingTag" : "withoutRoutingTag",
    notes,
  };
}

/** The members that were made of an app before, if each of its hosts became one. */
function membersOf({ source, result }: Former<DroveApp, Verdict>): FormerMembers | undefined {
  const members = result.app?.members ?? [];
  return members.length === source.hosts.length ? { hosts: source.hosts, members } : undefined;
}

import { createListMemo } from "../memo.ts";
import type { Group, Member, Vhost } from "../model.ts";
import type { CheckedApp } from "./app.ts";

/** An app together with the namespace it comes from. */
export interface PlacedApp extends CheckedApp {
  readonly namespace: string;
  readonly routingTagKey: string;
}

/** Apps that share a vhost become one: instances appended in the given order, tags merged, later ones winning. */
export type MergeVhosts = (apps: readonly PlacedApp[]) => readonly Vhost[];

/** The apps of one vhost. */
interface Sharers {
  readonly vhost: string;
  readonly apps: readonly PlacedApp[];
}

/** A merger that gives the same vhost, as an object, for as long as its apps are the same. */
export function createMerger(): MergeVhosts {
  const merge = createListMemo<Sharers, Vhost>({
    keyOf: (sharers) => sharers.vhost,
    make: ({ vhost, apps }, former) =>
      former !== undefined && isSameList(former.source.apps, apps) ? former.result : mergeOne(vhost, apps),
  });
  return (apps) => merge(shareVhosts(apps));
}

/** Sorted by vhost; of one vhost they stay in their order. */
function shareVhosts(apps: readonly PlacedApp[]): readonly Sharers[] {
  const shared: { readonly vhost: string; readonly apps: PlacedApp[] }[] = [];
  for (const app of [...apps].sort(byVhost)) {
    const last = shared.at(-1);
    if (last?.vhost === app.vhost) last.apps.push(app);
    else shared.push({ vhost: app.vhost, apps: [app] });
  }
  return shared;
}

function byVhost(left: PlacedApp, right: PlacedApp): number {
  return left.vhost < right.vhost ? -1 : Number(left.vhost > right.vhost);
}

function isSameList(left: readonly PlacedApp[], right: readonly PlacedApp[]): boolean {
  return left.length === right.length && left.every((app, index) => app === right[index]);
}

function mergeOne(name: string, apps: readonly PlacedApp[]): Vhost {
  const [only] = apps;
  if (only !== undefined && apps.length === 1) return vhostOf(only);
  const groups = [...Map.groupBy(apps, (app) => app.group)].sort(byKey);
  const membersIn = (same: readonly PlacedApp[]) => distinctMembers(same.flatMap((app) => app.members));
  const members = membersIn(apps);
  const membersOf = (same: readonly PlacedApp[]) => (groups.length === 1 ? members : membersIn(same));
  return {
    name,
    appIds: distinct(apps.map((app) => app.appId)),
    namespaces: distinct(apps.map((app) => app.namespace)),
    members,
    tags: mergeTags(apps),
    groups: groups.map(([group, same]): Group => ({ name: group, members: membersOf(same), tags: mergeTags(same) })),
    routingTagKey: apps.find((app) => app.routingTagKey !== "")?.routingTagKey ?? "",
  };
}

/** Most vhosts belong to one app. */
function vhostOf({ vhost, appId, namespace, members: all, tags, group, routingTagKey }: PlacedApp): Vhost {
  const members = distinctMembers(all);
  const groups = [{ name: group, members, tags }];
  return { name: vhost, appIds: [appId], namespaces: [namespace], members, tags, groups, routingTagKey };
}

/** So many are compared with each other in less time than their names are put together. */
const few = 16;

/** The same instance listed twice would get twice its share of traffic. */
function distinctMembers(members: readonly Member[]): readonly Member[] {
  if (members.length <= few && !hasTwins(members)) return members;
  const byAddress = new Map(members.map((member) => [`${member.host} ${member.port}`, member]));
  return byAddress.size === members.length ? members : [...byAddress.values()];
}

function hasTwins(members: readonly Member[]): boolean {
  return members.some(({ host, port }, index) => {
    for (let other = 0; other < index; other += 1)
      if (members[other]?.port === port && members[other]?.host === host) return true;
    return false;
  });
}

/** Apps without instances have a say only where no other app has. */
function mergeTags(all: readonly PlacedApp[]): Readonly<Record<string, string>> {
  const serving = all.filter((app) => app.members.length > 0);
  const apps = serving.length > 0 ? serving : all;
  return apps.length === 1 && apps[0] !== undefined
    ? apps[0].tags
    : Object.assign(Object.create(null), ...apps.map((app) => app.tags));
}

function distinct(names: readonly string[]): readonly string[] {
  return names.length === 1 ? names : [...new Set(names)];
}

function byKey(left: readonly [string, unknown], right: readonly [string, unknown]): number {
  return left[0] < right[0] ? -1 : Number(left[0] > right[0]);
}

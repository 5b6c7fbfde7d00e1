import type { DroveApp, NamespaceSnapshot } from "../model.ts";

/** Names an app among those of all namespaces. */
export function keyOf(namespace: string, { appId }: Pick<DroveApp, "appId">): string {
  return JSON.stringify([namespace, appId]);
}

/** One app and where it comes from. */
export interface SourcedApp {
  readonly key: string;
  readonly namespace: string;
  readonly app: DroveApp;
}

/** Every app of the snapshots, in their order. */
export function appsOf(snapshots: readonly NamespaceSnapshot[]): readonly SourcedApp[] {
  return snapshots.flatMap(({ namespace, apps }) =>
    apps.map((app) => ({ key: keyOf(namespace, app), namespace, app })),
  );
}

/** What goes in in the place of an app; undefined leaves it out. */
export type Substitutes = ReadonlyMap<string, DroveApp | undefined>;

/** The snapshots with some apps replaced. Without any they are returned as they are. */
export function substitute(
  snapshots: readonly NamespaceSnapshot[],
  substitutes: Substitutes,
): readonly NamespaceSnapshot[] {
  if (substitutes.size === 0) return snapshots;
  return snapshots.map((snapshot) => {
    const { namespace, apps } = snapshot;
    if (!apps.some((app) => substitutes.has(keyOf(namespace, app)))) return snapshot;
    const replaced = apps.flatMap((app) => {
      const key = keyOf(namespace, app);
      return substitutes.has(key) ? (substitutes.get(key) ?? []) : [app];
    });
    return { ...snapshot, apps: replaced };
  });
}

/** True if two forms of an app say the same. */
export function sameApp(left: DroveApp, right: DroveApp): boolean {
  return left === right || (sameButHosts(left, right) && sameJson(left.hosts, right.hosts));
}

/** True if they differ in their instances at most. */
export function sameButHosts(left: DroveApp, right: DroveApp): boolean {
  return left.vhost === right.vhost && left.appName === right.appName && sameJson(left.tags, right.tags);
}

function sameJson(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

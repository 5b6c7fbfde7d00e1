import type { RealmFilter } from "../desired/select.ts";
import type { DroveApp } from "../model.ts";

/** How many instances each vhost has. Names are as Drove sent them, in lower case and without a trailing dot. */
export type Sizes = ReadonlyMap<string, number>;

/** The name under which an app's vhost is counted. Whether it is a good one is for the desired state to say. */
export function vhostKey({ vhost }: DroveApp): string {
  return vhost.toLowerCase().replace(/\.$/, "");
}

/** Counts only what this gateway serves: what its realm leaves out can come and go as it likes. */
export function sizesOf(apps: readonly DroveApp[], inRealm: RealmFilter): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const app of apps) {
    const vhost = vhostKey(app);
    if (inRealm(vhost)) sizes.set(vhost, (sizes.get(vhost) ?? 0) + app.hosts.length);
  }
  return sizes;
}

/** True if each app is still where it was, with as many instances or more: mostly that is so, and counting takes longer. */
export function losesNothing(before: readonly DroveApp[], after: readonly DroveApp[]): boolean {
  return (
    before.length > 0 &&
    before.length <= after.length &&
    before.every((app, index) => {
      const now = after[index];
      return app === now || (now?.vhost === app.vhost && now.hosts.length >= app.hosts.length);
    })
  );
}

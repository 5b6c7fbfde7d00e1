import type { NamespaceConfig } from "../config/schema.ts";

/** Decides whether a vhost belongs to a namespace's realm. */
export type RealmFilter = (vhost: string) => boolean;

/**
 * `realm` names vhosts exactly (comma-separated), `realm_suffix` is the end of a vhost; either lets an app in, and
 * with neither set all are. Compared in lower case: vhosts are.
 */
export function realmFilter(config: Pick<NamespaceConfig, "realm" | "realm_suffix">): RealmFilter {
  const realm = new Set(
    config.realm
      .toLowerCase()
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  );
  const suffix = config.realm_suffix.trim().toLowerCase();
  if (realm.size === 0 && suffix === "") return () => true;
  return (vhost) => realm.has(vhost) || (suffix !== "" && vhost.endsWith(suffix));
}

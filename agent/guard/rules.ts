import type { Config, NamespaceConfig } from "../config/schema.ts";
import { realmFilter } from "../desired/select.ts";
import type { GuardRules } from "./guard.ts";

/** The keys of the configuration that the guard depends on. */
export type GuardConfig = Pick<
  Config,
  | "guard_enabled"
  | "guard_max_vhost_drop_percent"
  | "guard_max_member_drop_percent"
  | "guard_min_vhost_drop"
  | "guard_min_member_drop"
  | "guard_confirm_polls"
  | "guard_confirm_sec"
>;

/** The settings of the guard of one namespace. */
export function rulesOf(config: GuardConfig, namespace: Pick<NamespaceConfig, "realm" | "realm_suffix">): GuardRules {
  return {
    enabled: config.guard_enabled,
    limits: {
      maxVhostPercent: config.guard_max_vhost_drop_percent,
      maxMemberPercent: config.guard_max_member_drop_percent,
      minVhosts: config.guard_min_vhost_drop,
      minMembers: config.guard_min_member_drop,
    },
    confirmation: { polls: config.guard_confirm_polls, ms: config.guard_confirm_sec * 1000 },
    inRealm: realmFilter(namespace),
  };
}

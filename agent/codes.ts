/** The same codes stand in logs, metric labels, health text and docs. */
export type NoteCode =
  | "app-malformed"
  | "vhost-refused"
  | "host-refused"
  | "port-refused"
  | "tag-refused"
  | "app-quarantined"
  | "host-unresolved"
  | "backend-clash"
  | "tag-no-header"
  | "backend-missing"
  | "proxy-too-old"
  | "dns-not-possible"
  | "zone-full"
  | "config-unknown-key"
  | "config-deprecated"
  | "config-ignored"
  | "restart-needed";

/** Why a plan is what it is: a metric label. */
export type ReasonCode =
  | "first-config"
  | "vhost-added"
  | "vhost-removed"
  | "group-added"
  | "group-removed"
  | "members-changed"
  | "attributes-changed"
  | "servers-refused"
  | "servers-learned"
  | "leader-changed"
  | "template-changed"
  | "config-changed"
  | "out-of-step"
  | "unproven"
  | "proxy-started"
  | "rolled-back";

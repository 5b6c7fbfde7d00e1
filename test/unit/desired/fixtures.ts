import * as v from "valibot";
import { type NamespaceConfig, namespaceSchema } from "../../../agent/config/schema.ts";
import { buildDesired } from "../../../agent/desired/build.ts";
import type { DroveApp, Endpoint, NamespaceSnapshot, Vhost } from "../../../agent/model.ts";

/** A namespace `a` with the defaults for all that is not given. */
export function namespaceOf(changes: Readonly<Record<string, unknown>> = {}): NamespaceConfig {
  return v.parse(namespaceSchema, { name: "a", drove: ["http://drove.test:8080"], ...changes });
}

/** A healthy instance. */
export function endpoint(host: string, port = 8080, portType = "HTTP"): Endpoint {
  return { host, port, portType };
}

/** An app with one instance, but for the given changes. */
export function appOf(appId: string, vhost: string, changes: Partial<DroveApp> = {}): DroveApp {
  return { appName: appId, appId, vhost, tags: {}, hosts: [endpoint("10.0.0.1")], ...changes };
}

/** What a controller of namespace `a` answered. */
export function snapshotOf(apps: readonly DroveApp[], changes: Partial<NamespaceSnapshot> = {}): NamespaceSnapshot {
  return { namespace: "a", apps, leader: undefined, fetchedAt: 0, source: "controller", notes: [], ...changes };
}

/** The desired vhosts of one namespace, and the notes as lines. */
export function build(apps: readonly DroveApp[], changes: Readonly<Record<string, unknown>> = {}) {
  const { value, notes, counts } = buildDesired([snapshotOf(apps)], [namespaceOf(changes)]);
  return {
    vhosts: value.vhosts,
    notes,
    counts,
    lines: notes.map((note) => `${note.code} ${note.subject}: ${note.message}`),
  };
}

export function addresses(vhost: Vhost | undefined): readonly string[] {
  return (vhost?.members ?? []).map((member) => `${member.host}:${member.port}`);
}

import { checkPorts } from "./cross-check.ts";
import type { Config, NamespaceConfig } from "./schema.ts";
import { Secret } from "./secret.ts";

/** What a new configuration changes in a running agent. Names only, never values. */
export interface ConfigChanges {
  /** Every key that differs: `nginx_template`, `namespaces.NAME` (added, removed), `namespaces.NAME.realm`. */
  readonly changed: readonly string[];
  /** Those of them that take effect only when the agent starts again. */
  readonly needRestart: readonly string[];
  /** What to run with now: the new configuration, with the old values of `needRestart`. */
  readonly live: Config;
}

/**
 * Keys of things that exist once per process: the API's listener, the log's form, the proxy beside us and the files
 * it reads, the snapshots. Everything else is looked up when it is used.
 */
export const startOnly = [
  "address",
  "port",
  "port_use_tls",
  "port_tls_certfile",
  "port_tls_keyfile",
  "log_format",
  "proxy_platform",
  "proxy_service",
  "nginx_config",
  "nginxplusapiaddr",
  "nginx_reload_disabled",
  "haproxy_config",
  "state_persistence_enabled",
  "state_persistence_dir",
] as const satisfies readonly (keyof Config)[];

/** Compares the running configuration with a new one, both complete. */
export function compareConfigs(before: Config, after: Config): ConfigChanges {
  const changed = [...changedKeys(before, after), ...changedNamespaces(before.namespaces, after.namespaces)];
  const waiting = new Set<string>(startOnly.filter((key) => changed.includes(key)));
  const mixed = keep(before, after, waiting);
  // The old API port, kept, may be the new port of something else: that waits with it.
  const clashing = checkPorts(mixed).length > 0 ? ["proxy_port", "nginx_status_address", "nginx_dns_address"] : [];
  const needRestart = changed.filter((key) => waiting.has(key) || clashing.includes(key));
  return { changed, needRestart, live: keep(before, after, new Set(needRestart)) };
}

function keep(before: Config, after: Config, keys: ReadonlySet<string>): Config {
  const kept = Object.entries(before).filter(([key]) => keys.has(key));
  return { ...after, ...Object.fromEntries(kept) };
}

function changedKeys(before: object, after: object): readonly string[] {
  const old = new Map<string, unknown>(Object.entries(before));
  return Object.entries(after)
    .filter(([key, value]) => key !== "namespaces" && !isEqual(old.get(key), value))
    .map(([key]) => key);
}

function changedNamespaces(before: readonly NamespaceConfig[], after: readonly NamespaceConfig[]): readonly string[] {
  const old = new Map(before.map((one) => [one.name, one]));
  const names = new Set(after.map((one) => one.name));
  const removed = before.filter((one) => !names.has(one.name)).map((one) => `namespaces.${one.name}`);
  const others = after.flatMap((one) => {
    const previous = old.get(one.name);
    if (previous === undefined) return [`namespaces.${one.name}`];
    return changedKeys(previous, one).map((key) => `namespaces.${one.name}.${key}`);
  });
  return [...others, ...removed];
}

/** Values are plain text, numbers, flags, lists of text, or secrets. */
function isEqual(a: unknown, b: unknown): boolean {
  return a instanceof Secret && b instanceof Secret ? a.equals(b) : JSON.stringify(a) === JSON.stringify(b);
}

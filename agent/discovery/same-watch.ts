import type { NamespaceConfig } from "../config/schema.ts";
import type { DiscoveryConfig } from "./status.ts";

/** What a watcher was started with, or would be. */
export interface WatchInput {
  readonly namespace: NamespaceConfig;
  readonly config: DiscoveryConfig;
}

const timing = [
  "api_timeout",
  "event_refresh_interval_sec",
  "full_resync_interval_sec",
  "max_response_mb",
  "startup_controller_sync_tries",
  "startup_controller_sync_retry_delay_sec",
] as const satisfies readonly (keyof DiscoveryConfig)[];

const access = [
  "name",
  "user",
  "tls_ca_file",
  "tls_insecure_skip_verify",
] as const satisfies readonly (keyof NamespaceConfig)[];

/** True if a watcher for `b` would do just what the one for `a` does. Realms, say, are no concern of a watcher. */
export function sameWatch(a: WatchInput, b: WatchInput): boolean {
  return (
    timing.every((key) => a.config[key] === b.config[key]) &&
    access.every((key) => a.namespace[key] === b.namespace[key]) &&
    a.namespace.pass.equals(b.namespace.pass) &&
    a.namespace.access_token.equals(b.namespace.access_token) &&
    sameControllers(a.namespace, b.namespace)
  );
}

/** True if both are asked of the same controllers, in the same order. */
export function sameControllers(a: Pick<NamespaceConfig, "drove">, b: Pick<NamespaceConfig, "drove">): boolean {
  return a.drove.length === b.drove.length && a.drove.every((endpoint, index) => endpoint === b.drove[index]);
}

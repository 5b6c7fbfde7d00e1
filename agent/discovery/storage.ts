import type { Clock } from "../clock.ts";
import type { NamespaceSnapshot } from "../model.ts";
import { createLastGood } from "./last-good.ts";
import { createNoSaver, createSaver, type Saver } from "./saver.ts";
import type { DiscoveryConfig, DiscoveryLog } from "./status.ts";

/** Where snapshots outlive the agent, as configured. */
export interface Storage {
  readonly saver: Saver;
  load(namespace: string, signal: AbortSignal): Promise<NamespaceSnapshot | undefined>;
  /** True if the configuration asks for just this storage. */
  suits(config: DiscoveryConfig): boolean;
}

/** Keeps nothing: for before the start, and for `state_persistence_enabled = false`. */
export const noStorage: Storage = {
  saver: createNoSaver(),
  load: async () => undefined,
  suits: (config) => !config.state_persistence_enabled,
};

export function createStorage(
  config: DiscoveryConfig,
  { clock, log }: { readonly clock: Clock; readonly log: DiscoveryLog },
): Storage {
  if (!config.state_persistence_enabled) return noStorage;
  const { state_persistence_dir: directory, disk_io_timeout_sec: seconds } = config;
  const lastGood = createLastGood({ directory, clock, timeoutMs: seconds * 1000 });
  return {
    saver: createSaver({ lastGood, clock, log }),
    load: (namespace, signal) => lastGood.load(namespace, signal),
    suits: (next) =>
      next.state_persistence_enabled &&
      next.state_persistence_dir === directory &&
      next.disk_io_timeout_sec === seconds,
  };
}

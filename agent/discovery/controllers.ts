import type { Clock } from "../clock.ts";
import type { NamespaceConfig } from "../config/schema.ts";
import type { DroveClient } from "../drove/client.ts";
import { AgentError, messageOf } from "../errors.ts";
import type { HealthBoard } from "./health-board.ts";
import type { DiscoveryObserver, EndpointStatus } from "./status.ts";

/** The controllers of one namespace: who of them leads, and how each fares. */
export interface Controllers {
  /** Pings in configured order until one says that it leads. Throws `no-leader` if none does. */
  findLeader(signal: AbortSignal): Promise<string>;
  /** Pings all but the leader. Does not wait: a standby that hangs must not hold up the polls of the leader. */
  checkStandbys(leader: string, signal: AbortSignal): void;
  /** Resolves when no ping is under way. */
  idle(): Promise<void>;
}

type Role = "leader" | "standby" | "failed";

/** How long a controller is waited for before the next one is asked too. A dead host answers nothing for `api_timeout`. */
const patienceMs = 500;

/** Health message of a controller that does not lead. */
export const standbyMessage = "standby: not the leader";

export interface ControllersOptions {
  readonly config: NamespaceConfig;
  readonly client: DroveClient;
  readonly clock: Clock;
  readonly observer: DiscoveryObserver;
  readonly health: HealthBoard;
}

export function watchControllers(options: ControllersOptions): Controllers {
  const { config, clock, health } = options;
  const pings = new Map<string, Promise<Role>>();

  /** Never two pings of one controller at a time. */
  function ping(endpoint: string, signal: AbortSignal): Promise<Role> {
    const running = pings.get(endpoint);
    if (running !== undefined) return running;
    const role = askRole(endpoint, signal, options).finally(() => pings.delete(endpoint));
    pings.set(endpoint, role);
    return role;
  }

  return {
    async idle() {
      await Promise.all(pings.values());
    },
    checkStandbys(leader, signal) {
      for (const endpoint of config.drove) if (endpoint !== leader) void ping(endpoint, signal);
    },
    async findLeader(signal) {
      const searches: Promise<string | undefined>[] = [];
      for (const endpoint of config.drove) {
        const search = ping(endpoint, signal).then((role) => (role === "leader" ? endpoint : undefined));
        searches.push(search);
        const leader = await withPatience({ clock, signal }, (tired) => firstLeader(searches, [search, tired]));
        if (leader !== undefined) return leader;
      }
      const leader = await firstLeader(searches, [Promise.all(searches)]);
      if (leader !== undefined) return leader;
      throw noLeader(config.name, health.statuses());
    },
  };
}

async function askRole(endpoint: string, signal: AbortSignal, options: ControllersOptions): Promise<Role> {
  const { config, client, health, observer } = options;
  try {
    const { from } = await client.ping(endpoint, signal);
    health.note({ endpoint, healthy: true, message: from === "leader" ? "OK" : standbyMessage });
    return from;
  } catch (error) {
    if (signal.aborted) return "failed";
    const down = error instanceof AgentError && error.code === "controller-unreachable";
    observer.endpointCheckFailed({ namespace: config.name, endpoint, kind: down ? "down" : "refused" });
    health.note({ endpoint, healthy: false, message: messageOf(error) });
    return "failed";
  }
}

/** The first leader found, or undefined if one of `until` comes earlier. */
function firstLeader(
  searches: readonly Promise<string | undefined>[],
  until: readonly Promise<unknown>[],
): Promise<string | undefined> {
  return new Promise((resolve) => {
    for (const search of searches) void search.then((leader) => leader !== undefined && resolve(leader));
    for (const end of until) void end.then(() => resolve(undefined));
  });
}

/** Gives `work` a promise that resolves when the wait for one controller has been long enough. */
async function withPatience<T>(
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  work: (tired: Promise<void>) => Promise<T>,
): Promise<T> {
  const timer = new AbortController();
  const stop = () => timer.abort();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await work(clock.sleep(patienceMs, timer.signal));
  } finally {
    signal.removeEventListener("abort", stop);
    timer.abort();
  }
}

function noLeader(namespace: string, all: readonly EndpointStatus[]): AgentError {
  const [only] = all;
  // Messages of failed calls name namespace and controller themselves.
  if (all.length === 1 && only?.healthy === false)
    return new AgentError("no-leader", only.message, { facts: { namespace } });
  const each = all.map(({ healthy, endpoint, message }) => (healthy ? `${endpoint}: ${message}` : message)).join("; ");
  const text = `namespace ${namespace}: none of ${all.length} controllers leads: ${each}`;
  return new AgentError("no-leader", text, { facts: { namespace } });
}

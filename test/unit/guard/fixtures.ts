import { type GuardNews, type GuardRules, type GuardState, guardFrom, takeAnswer } from "../../../agent/guard/guard.ts";
import type { DroveApp, NamespaceSnapshot } from "../../../agent/model.ts";

/** The defaults: half of the vhosts or instances, 3 vhosts or 10 instances at least, 3 polls and 30 s. */
export const defaults: GuardRules = {
  enabled: true,
  limits: { maxVhostPercent: 50, maxMemberPercent: 50, minVhosts: 3, minMembers: 10 },
  confirmation: { polls: 3, ms: 30_000 },
  inRealm: () => true,
};

/** What a cluster has: by vhost, the ports of its instances, or how many there are. */
export type Cluster = Readonly<Record<string, number | readonly number[]>>;

function appsOf(cluster: Cluster): readonly DroveApp[] {
  return Object.entries(cluster).map(([vhost, wanted]) => {
    const ports = typeof wanted === "number" ? Array.from({ length: wanted }, (_, index) => 1 + index) : wanted;
    const hosts = ports.map((port) => ({ host: "10.0.0.1", port, portType: "HTTP" }));
    return { appName: vhost, appId: `${vhost}-1`, vhost, tags: {}, hosts };
  });
}

export function answerOf(cluster: Cluster, changes: Partial<NamespaceSnapshot> = {}): NamespaceSnapshot {
  const leader = { endpoint: "http://a", host: "a", port: 80 };
  const shared = { namespace: "blue", leader, fetchedAt: 0, source: "controller", notes: [] } as const;
  return { ...shared, apps: appsOf(cluster), ...changes };
}

/** As many vhosts of one size, named `v0.test` and so on, from the index on. */
export function vhosts(count: number, instances = 2, from = 0): Cluster {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`v${from + index}.test`, instances]));
}

/** A guard that takes answers as time goes by. */
export function guarded(first: Cluster | undefined, changes: Partial<GuardRules> = {}) {
  const memory = { state: guardFrom(first && answerOf(first)), rules: { ...defaults, ...changes }, now: 0 };
  return {
    state: (): GuardState => memory.state,
    set(change: (state: GuardState) => GuardState) {
      memory.state = change(memory.state);
    },
    rules(next: Partial<GuardRules>) {
      memory.rules = { ...memory.rules, ...next };
    },
    /** An answer at this second. Returns what came of it. */
    answer(second: number, cluster: Cluster, leader = "http://a"): readonly GuardNews[] {
      memory.now = second * 1000;
      const taken = answerOf(cluster, { leader: { endpoint: leader, host: "a", port: 80 }, fetchedAt: memory.now });
      const { state, news } = takeAnswer(memory.state, taken, { rules: memory.rules, now: memory.now });
      memory.state = state;
      return news;
    },
    /** The ports by vhost that are served. */
    served: () => portsOf(memory.state.served?.apps ?? []),
    held: () => [...memory.state.held.keys()].sort(),
  };
}

export function portsOf(apps: readonly DroveApp[]): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(apps.map(({ vhost, hosts }) => [vhost, hosts.map(({ port }) => port)]));
}

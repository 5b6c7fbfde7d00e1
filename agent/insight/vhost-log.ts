import type { Cycle } from "../agent.ts";
import { describeMembers, listChanges } from "../plan/changes.ts";

/** What is remembered of a vhost that the proxy serves. Times in ms since the epoch. */
export interface VhostRecord {
  /** Undefined: since before this agent started. */
  readonly since: number | undefined;
  readonly lastChange: { readonly at: number; readonly what: string } | undefined;
}

/** A vhost that is served no more. */
export interface GoneVhost {
  readonly vhost: string;
  readonly at: number;
  readonly appIds: readonly string[];
}

/** Since when each vhost is served, and what changed last. */
export interface VhostLog {
  /** Told of every cycle. */
  record(cycle: Cycle, at: number): void;
  of(vhost: string): VhostRecord;
  gone(vhost: string): GoneVhost | undefined;
}

/** The oldest of those that are gone are forgotten. */
const mostGone = 1000;

/** Remembers for as long as the agent runs; what has not changed since its start takes no memory. */
export function createVhostLog(): VhostLog {
  const records = new Map<string, VhostRecord>();
  const gone = new Map<string, GoneVhost>();
  /** When the proxy got the very first configuration, if this agent gave it: before, it served nothing. */
  const first: { at: number | undefined } = { at: undefined };
  return {
    record({ applied, built, plan, report, error, waiting }, at) {
      const isDone = report !== undefined && error === undefined && plan !== undefined && waiting === undefined;
      if (isDone && plan.reasons.some(({ code }) => code === "first-config")) first.at ??= at;
      if (!isDone || applied === undefined || built === undefined) return;
      const { added, removed, changed } = listChanges(applied.desired, built.value);
      for (const { name, members } of added) {
        gone.delete(name);
        records.set(name, { since: at, lastChange: { at, what: `added with ${describeMembers(members.length)}` } });
      }
      for (const change of changed)
        records.set(change.name, {
          since: records.get(change.name)?.since ?? first.at,
          lastChange: { at, what: words(change) },
        });
      for (const { name, appIds } of removed) {
        records.delete(name);
        gone.set(name, { vhost: name, at, appIds });
      }
      for (const name of [...gone.keys()].slice(0, Math.max(0, gone.size - mostGone))) gone.delete(name);
    },
    of: (vhost) => records.get(vhost) ?? { since: gone.has(vhost) ? undefined : first.at, lastChange: undefined },
    gone: (vhost) => gone.get(vhost),
  };
}

function words({ added, removed, others }: ReturnType<typeof listChanges>["changed"][number]): string {
  const parts = [
    ...(added.length > 0 ? [`${describeMembers(added.length)} came`] : []),
    ...(removed.length > 0 ? [`${describeMembers(removed.length)} left`] : []),
    ...(others.length > 0 ? [`other ${others.join(", ")}`] : []),
  ];
  return parts.join(", ");
}

import type { Cycle } from "../agent.ts";
import type { Vhost } from "../model.ts";
import type { AppFate } from "./fates.ts";
import { type MemberState, memberStates } from "./members.ts";
import type { PlanRecord } from "./plan-log.ts";
import { type WaitingView, waitingView } from "./waiting.ts";

/** What the status page shows besides the board. */
export interface StatusSources {
  readonly cycle: Cycle | undefined;
  /** How many cycles there were: names what `/v1/vhosts` would answer. */
  readonly revision: number;
  readonly fates: readonly AppFate[];
  readonly plans: readonly PlanRecord[];
}

/** The part of `/v1/status` that comes from the loop. Plain JSON, small however large the cluster is. */
export interface StatusView {
  readonly revision: number;
  readonly waiting: Omit<WaitingView, "changes">;
  readonly proxy: { readonly running: boolean; readonly version?: string; readonly serves?: string };
  readonly counts: {
    readonly vhosts: number;
    readonly instances: number;
    readonly apps: number;
    readonly notServed: number;
  };
  /** Apps that are not served as they should be, the first few; `counts.notServed` tells how many there are. */
  readonly notServed: readonly AppFate[];
  readonly plans: readonly PlanRecord[];
}

/** A line of the list of vhosts. */
export interface VhostStatus {
  readonly vhost: string;
  readonly namespaces: readonly string[];
  readonly appIds: readonly string[];
  readonly members: readonly MemberState[];
}

const mostShown = 200;

/** Everything of the loop that the page shows, but for the vhosts. */
export function statusView({ cycle, revision, fates, plans }: StatusSources): StatusView {
  const { changes: _, ...waiting } = waitingView(cycle);
  const { running, version, servedGeneration } = cycle?.running ?? {};
  const vhosts = cycle?.built?.value.vhosts ?? [];
  const notServed = fates.filter((one) => one.fate !== "served" || one.notes.length > 0);
  return {
    revision,
    waiting,
    proxy: {
      running: running ?? false,
      ...(version !== undefined && { version }),
      ...(servedGeneration !== undefined && { serves: servedGeneration }),
    },
    counts: {
      vhosts: vhosts.length,
      instances: vhosts.reduce((sum, vhost) => sum + vhost.members.length, 0),
      apps: fates.length,
      notServed: notServed.length,
    },
    notServed: notServed.slice(0, mostShown),
    plans,
  };
}

/** All vhosts, with the state of their instances in the proxy. */
export function vhostStatuses(cycle: Cycle | undefined): readonly VhostStatus[] {
  const membersOf = memberStates(cycle);
  return (cycle?.built?.value.vhosts ?? []).map((vhost) => vhostStatus(vhost, membersOf));
}

function vhostStatus(vhost: Vhost, membersOf: (vhost: Vhost) => readonly MemberState[]): VhostStatus {
  const { name, namespaces, appIds } = vhost;
  return { vhost: name, namespaces, appIds, members: membersOf(vhost) };
}

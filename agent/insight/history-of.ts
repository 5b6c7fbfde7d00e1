import type { Cycle } from "../agent.ts";
import { hostNamesOf } from "../desired/hosts.ts";
import { messageOf } from "../errors.ts";
import type { HistoryContent, NewEntry } from "../records/history-entry.ts";

/** What the history is to keep of a cycle; undefined if it changed nothing and tried nothing. */
export function historyOf(
  cycle: Cycle,
  at: number,
): { readonly entry: NewEntry; readonly content: HistoryContent } | undefined {
  const { plan, report, error, running, resolution, built, snapshots = [] } = cycle;
  if (plan === undefined || plan.kind === "none" || (report === undefined && error === undefined)) return undefined;
  const vhosts = built?.value.vhosts ?? [];
  return {
    entry: {
      at: new Date(at).toISOString(),
      kind: plan.kind,
      outcome: error === undefined ? "applied" : "failed",
      ...(error !== undefined && { error: messageOf(error) }),
      reasons: plan.reasons.map((reason) => ({ ...reason, subjects: [...reason.subjects] })),
      ...(report !== undefined && { proof: report.proof }),
      tookMs: Math.round(cycle.tookMs),
      vhosts: vhosts.length,
      instances: vhosts.reduce((sum, vhost) => sum + vhost.members.length, 0),
    },
    content: {
      file: plan.file,
      ...(running?.version !== undefined && { proxyVersion: running.version }),
      addresses: built === undefined ? [] : hostNamesOf(built.value).flatMap((host) => addressOf(host, resolution)),
      snapshots: snapshots.map(({ namespace, fetchedAt, leader, apps }) => ({
        namespace,
        fetchedAt,
        ...(leader !== undefined && { leader }),
        apps,
      })),
    },
  };
}

function addressOf(host: string, resolution: Cycle["resolution"]): readonly [string, string][] {
  const address = resolution?.addresses.get(host);
  return address === undefined || address === host ? [] : [[host, address]];
}

import type { Config } from "../config/schema.ts";
import { Secret } from "../config/secret.ts";
import { memberUrl } from "../member-url.ts";
import type { Vhost } from "../model.ts";
import type { Board, CycleOutcome } from "./board.ts";
import { withoutUrlSecrets, withoutUserInfo } from "./redact.ts";

/** The answer of `/v1/config`: the configuration in force without any credential, and everything on the board. */
export function knownState(board: Board, config: Config): Readonly<Record<string, unknown>> {
  const { desired, build, startedAt, lastCycle, proven, verdicts, oldWorkers } = board;
  return {
    ...build,
    startedAt: time(startedAt),
    proven: proven && { ...proven, at: time(proven.at) },
    lastCycle: lastCycle && shownCycle(lastCycle),
    oldWorkers,
    verdicts: Object.fromEntries(
      Object.entries(verdicts).map(([concern, verdict]) => [
        concern,
        { ...withShownMessage(verdict), since: time(verdict.since) },
      ]),
    ),
    config: withoutCredentials(config),
    namespaces: board.namespaces.map((status) => ({
      ...withShownMessage(status),
      fetchedAt: status.fetchedAt === undefined ? undefined : time(status.fetchedAt),
      held: status.held && { ...status.held, since: time(status.held.since) },
      endpoints: status.endpoints.map((one) => ({
        ...withShownMessage(one),
        endpoint: withoutUrlSecrets(one.endpoint),
      })),
    })),
    leaders: desired?.namespaces.map(({ leader, ...view }) => ({
      ...view,
      leader: leader && withoutUrlSecrets(leader.endpoint),
    })),
    quarantined: board.quarantined.map((one) => ({
      ...one,
      since: time(one.since),
      reason: withoutUrlSecrets(one.reason),
    })),
    notes: [...board.configNotes, ...board.desiredNotes],
    vhosts: desired?.vhosts.map(shownVhost),
  };
}

/** A copy fit for showing: secrets and user names say only whether they are set. */
function withoutCredentials(value: unknown, key = ""): unknown {
  if (value instanceof Secret) return value.isSet ? "[redacted]" : "";
  if (typeof value === "string") return key === "user" && value !== "" ? "[redacted]" : withoutUserInfo(value);
  if (Array.isArray(value)) return value.map((item) => withoutCredentials(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutCredentials(inner, name)]));
}

function shownCycle(cycle: CycleOutcome) {
  return {
    ...cycle,
    at: time(cycle.at),
    error: cycle.error === undefined ? undefined : withoutUrlSecrets(cycle.error),
  };
}

function withShownMessage<T extends { readonly message: string }>(told: T): T {
  return { ...told, message: withoutUrlSecrets(told.message) };
}

/** One line per member keeps thousands of them readable. */
function shownVhost(vhost: Vhost) {
  const { members, groups, ...rest } = vhost;
  return {
    ...rest,
    members: members.map(memberUrl),
    groups: groups.map((group) => ({ ...group, members: group.members.map(memberUrl) })),
  };
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

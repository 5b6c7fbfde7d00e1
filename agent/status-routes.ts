import type { Cycle } from "./agent.ts";
import type { Held, Hold } from "./hold.ts";
import type { AppFate } from "./insight/fates.ts";
import type { PlanLog } from "./insight/plan-log.ts";
import { statusView, vhostStatuses } from "./insight/status.ts";
import { json, type Reply, type Route } from "./status/api.ts";
import type { Board } from "./status/board.ts";
import { withoutUrlSecrets } from "./status/redact.ts";
import type { StatusPage } from "./status-page.ts";

/** What the status page is made of. */
export interface StatusParts {
  readonly board: () => Board;
  readonly cycle: () => Cycle | undefined;
  /** How many cycles there were. */
  readonly revision: () => number;
  readonly hold: Hold;
  readonly fates: () => readonly AppFate[];
  readonly plans: PlanLog;
  /** The newest cycle with what the proxy has now, if it says so. */
  readonly lookedAgain: () => Promise<Cycle | undefined>;
  readonly platform: string;
  readonly now: () => number;
  readonly page: StatusPage;
}

/** The page, which holds nothing by itself, and what it asks for, which needs the token. */
export function statusRoutes(parts: StatusParts): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    ["/ui", { methods: "read", access: "open", reply: () => parts.page.reply() }],
    ["/v1/status", { methods: "read", access: "token", reply: () => json(200, withoutSecrets(statusAnswer(parts))) }],
    ["/v1/vhosts", { methods: "read", access: "token", reply: () => vhostsReply(parts) }],
  ]);
}

function statusAnswer(parts: StatusParts) {
  const { board, cycle, revision, hold, fates, plans, platform, now } = parts;
  const { build, startedAt, verdicts, namespaces, desired, desiredNotes, configNotes, oldWorkers, proven } = board();
  const held = heldBy(hold, cycle());
  const leaders = new Map(desired?.namespaces.map((view) => [view.name, view.leader?.endpoint]));
  const view = statusView({ cycle: cycle(), revision: revision(), fates: fates(), plans: plans.list() });
  return {
    ...view,
    now: time(now()),
    version: build.version,
    startedAt: time(startedAt),
    platform,
    proxy: { ...view.proxy, oldWorkers, proven: proven && { generation: proven.generation, at: time(proven.at) } },
    ...(held && { held: heldView(held) }),
    health: Object.entries(verdicts).map(([concern, verdict]) => ({ concern, ...verdict, since: time(verdict.since) })),
    namespaces: namespaces.map(({ fetchedAt, ...status }) => ({
      ...status,
      ...(fetchedAt !== undefined && { fetchedAt: time(fetchedAt) }),
      leader: leaders.get(status.namespace),
    })),
    notes: [...configNotes, ...desiredNotes].slice(0, 200),
  };
}

async function vhostsReply({ revision, lookedAgain }: StatusParts): Promise<Reply> {
  const cycle = await lookedAgain();
  return json(200, { revision: revision(), vhosts: vhostStatuses(cycle) });
}

/** What holds changes now: somebody's word, or in the newest cycle old workers. */
export function heldBy(hold: Hold, cycle: Cycle | undefined): Held | undefined {
  return hold.held() ?? (cycle?.held?.by === "old-workers" ? cycle.held : undefined);
}

/** What holds changes, as the API says it. */
export function heldView(held: Held) {
  if (held.by === "old-workers") return { ...held, since: time(held.since), until: time(held.until) };
  if (held.by !== "freeze") return { by: held.by, since: time(held.since) };
  const { by, since, until, reason, rollback } = held;
  const rolledBack = rollback && { rolledBackTo: rollback.generation };
  return { by, since: time(since), ...(until !== undefined && { until: time(until) }), reason, ...rolledBack };
}

/** Controllers' URLs and errors of theirs may carry what people hide in URLs. */
function withoutSecrets(answer: object): unknown {
  return JSON.parse(
    JSON.stringify(answer, (_, value: unknown) => (typeof value === "string" ? withoutUrlSecrets(value) : value)),
  );
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

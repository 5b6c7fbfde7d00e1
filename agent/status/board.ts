import type { HeldAnswer } from "../guard/held.ts";
import type { ReloadDelay } from "../hold.ts";
import type { ApplyReport, DesiredState, Note, Plan, Reason } from "../model.ts";
import type { Quarantined } from "../quarantine/quarantined.ts";

/** What can be well or unwell by itself. Each has one line in health, and some a gauge. */
export type Concern =
  /** The TOML file or the environment, as it is now. */
  | "config"
  /** The template's files, as they are now. While they are bad, the last good ones are rendered, and that may be well. */
  | "template"
  | "rendering"
  /** The proxy's own check of the rendered files. */
  | "check"
  /** Promotion, reload and proof. */
  | "reload"
  /** Name resolution of the controllers. */
  | "resolver"
  /** Whether the proxy answers us. */
  | "controlPlane"
  | "diskIO"
  /** Changes of upstreams through the proxy's API, without a reload. */
  | "upstreamUpdates"
  /** HAProxy's server-state file. */
  | "serverState";

/** How a concern is doing, and since when (ms since the epoch) it has been so. */
export interface Verdict {
  readonly healthy: boolean;
  readonly message: string;
  readonly since: number;
}

/** What discovery tells of one namespace. */
export interface NamespaceStatus {
  readonly namespace: string;
  readonly healthy: boolean;
  readonly message: string;
  /** Where the data in use comes from; `none` when there is none yet. */
  readonly source: "controller" | "disk" | "none";
  /** When a controller gave that data, in ms since the epoch. */
  readonly fetchedAt: number | undefined;
  readonly endpoints: readonly EndpointStatus[];
  /** What the guard keeps although the newest answer of the controllers lacks it. */
  readonly held?: HeldAnswer | undefined;
}

/** One controller URL of a namespace. */
export interface EndpointStatus {
  readonly endpoint: string;
  readonly healthy: boolean;
  readonly message: string;
}

/** How many apps of a namespace are served, by routing tag, and how many its realm leaves out. */
export interface AppCounts {
  readonly namespace: string;
  readonly withRoutingTag: number;
  readonly withoutRoutingTag: number;
  readonly ignoredByRealm: number;
}

/** What was built, from which source. */
export interface Build {
  readonly version: string;
  readonly commit: string;
  readonly date: string;
}

/** The newest turn of the loop, on both clocks: one for people, one that never jumps. */
export interface LoopTurn {
  readonly at: number;
  readonly monotonic: number;
  /** The longest the loop means to stay away until its next turn, in ms: work and pause together. */
  readonly longestIntervalMs: number;
}

/** How the newest cycle ended. */
export interface CycleOutcome {
  readonly at: number;
  readonly kind: Plan["kind"];
  readonly reasons: readonly Reason[];
  readonly tookMs: number;
  /** One line, when the cycle failed. */
  readonly error?: string;
}

/** The newest generation that the proxy is known to serve. */
export interface ProvenGeneration {
  readonly at: number;
  readonly generation: string;
  readonly proof: ApplyReport["proof"];
}

/** Who may have changes wait: an operator, a rollback that nobody has thawed, a restart of the proxy. */
export const holders = ["freeze", "rollback", "proxy-restart"] as const;

/** Why no change reaches the proxy, and since when (ms since the epoch). */
export interface ChangesHeld {
  readonly by: (typeof holders)[number];
  readonly since: number;
}

/** Everything known, in one plain object. It holds no configuration and so no credential. */
export interface Board {
  readonly build: Build;
  readonly startedAt: number;
  readonly phase: "running" | "stopping";
  readonly turn: LoopTurn;
  readonly lastCycle: CycleOutcome | undefined;
  readonly proven: ProvenGeneration | undefined;
  readonly verdicts: Readonly<Record<Concern, Verdict>>;
  readonly namespaces: readonly NamespaceStatus[];
  readonly desired: DesiredState | undefined;
  readonly appCounts: readonly AppCounts[];
  /** Apps refused, vhosts shared: what building the desired state had to say. */
  readonly desiredNotes: readonly Note[];
  /** Apps that the proxy refuses. */
  readonly quarantined: readonly Quarantined[];
  /** Unknown keys, edits that need a restart. */
  readonly configNotes: readonly Note[];
  readonly oldWorkers: number;
  /** How many generations these are of, as far as it is known. */
  readonly oldGenerations: number;
  /** Set while a reload waits for them. */
  readonly reloadDelay: ReloadDelay | undefined;
  /** Undefined while changes are applied. */
  readonly held: ChangesHeld | undefined;
}

/** The board of an agent that has just started: nothing tried, nothing known. */
export function createBoard(start: {
  readonly build: Build;
  readonly turn: LoopTurn;
  readonly namespaces: readonly string[];
}): Board {
  const untried: Verdict = { healthy: true, message: "not tried yet", since: start.turn.at };
  const unused: Verdict = { ...untried, message: "not in use" };
  return {
    build: start.build,
    startedAt: start.turn.at,
    phase: "running",
    turn: start.turn,
    lastCycle: undefined,
    proven: undefined,
    verdicts: {
      config: untried,
      template: untried,
      rendering: untried,
      check: untried,
      reload: untried,
      resolver: untried,
      controlPlane: untried,
      diskIO: untried,
      upstreamUpdates: unused,
      serverState: unused,
    },
    namespaces: start.namespaces.map(unheard),
    desired: undefined,
    appCounts: [],
    desiredNotes: [],
    quarantined: [],
    configNotes: [],
    oldWorkers: 0,
    oldGenerations: 0,
    reloadDelay: undefined,
    held: undefined,
  };
}

/** A namespace of which nothing has been heard. */
function unheard(namespace: string): NamespaceStatus {
  const message = "no controller has answered yet";
  return { namespace, healthy: false, message, source: "none", fetchedAt: undefined, endpoints: [] };
}

/** The loop has turned. */
export function withTurn(board: Board, turn: LoopTurn): Board {
  return { ...board, turn };
}

/** A cycle has ended, well or not. */
export function withCycle(board: Board, lastCycle: CycleOutcome): Board {
  return { ...board, lastCycle };
}

/** The proxy is known to serve a generation, whether it was applied now or found running. Makes the agent ready. */
export function withProven(board: Board, proven: ProvenGeneration): Board {
  return { ...board, proven };
}

/** A concern is well. `since` stays while it stays well. */
export function withSuccess(
  board: Board,
  success: { readonly concern: Concern; readonly at: number; readonly message?: string },
): Board {
  return withVerdict(board, success.concern, { healthy: true, message: success.message ?? "OK", since: success.at });
}

/** A concern is unwell; the message is one line without any credential. `since` stays while it stays unwell. */
export function withFailure(
  board: Board,
  failure: { readonly concern: Concern; readonly at: number; readonly message: string },
): Board {
  return withVerdict(board, failure.concern, { healthy: false, message: failure.message, since: failure.at });
}

function withVerdict(board: Board, concern: Concern, next: Verdict): Board {
  const before = board.verdicts[concern];
  const since = before.healthy === next.healthy ? before.since : next.since;
  return { ...board, verdicts: { ...board.verdicts, [concern]: { ...next, since } } };
}

/** The desired state was built anew: the state, what was refused on the way, and the counts by namespace. */
export function withDesired(
  board: Board,
  built: {
    readonly value: DesiredState;
    readonly notes: readonly Note[];
    readonly counts: readonly AppCounts[];
  },
): Board {
  return { ...board, desired: built.value, desiredNotes: built.notes, appCounts: built.counts };
}

/** Who is in quarantine after this cycle. */
export function withQuarantined(board: Board, quarantined: readonly Quarantined[]): Board {
  return { ...board, quarantined };
}

/** The configuration was read anew. */
export function withConfigNotes(board: Board, configNotes: readonly Note[]): Board {
  return { ...board, configNotes };
}

/** The proxy was asked how many workers of earlier generations still run; perhaps a reload waits for them. */
export function withOldWorkers(
  board: Board,
  {
    oldWorkers,
    oldGenerations = 0,
    delay,
  }: { readonly oldWorkers: number; readonly oldGenerations?: number; readonly delay: ReloadDelay | undefined },
): Board {
  return { ...board, oldWorkers, oldGenerations, reloadDelay: delay };
}

/** Somebody holds changes, or nobody does any more. */
export function withHeld(board: Board, held: ChangesHeld | undefined): Board {
  return { ...board, held };
}

/** Discovery has news. A namespace that is not in the list is gone. */
export function withNamespaces(board: Board, namespaces: readonly NamespaceStatus[]): Board {
  return { ...board, namespaces };
}

/** The agent has been told to stop: no longer ready, still alive. */
export function withStopping(board: Board): Board {
  return { ...board, phase: "stopping" };
}

/** Where the newest board is kept. */
export interface BoardHolder {
  read(): Board;
  update(change: (board: Board) => Board): void;
}

/** Keeps one board; whoever reads gets a whole one, never half an update. */
export function createBoardHolder(first: Board): BoardHolder {
  let board = first;
  return {
    read: () => board,
    update(change) {
      board = change(board);
    },
  };
}

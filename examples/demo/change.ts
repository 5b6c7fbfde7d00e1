import { once } from "node:events";
import type { Stage } from "./stage.ts";
import { waitUntil } from "./wait-until.ts";

/** Something that happens, and the fact by which it is seen that the gateway has dealt with it. */
export interface Change {
  readonly says: string;
  /** Gets everything ready; what it returns makes the change, all at once. */
  readonly prepare: (stage: Stage) => Promise<() => void>;
  /** What is seen once the change is dealt with; undefined until then. */
  readonly seen: (stage: Stage) => Promise<string | undefined> | string | undefined;
  /** `untouched`: nginx needs nothing. */
  readonly nginx: "reloaded" | "untouched";
}

/** How a change fared. */
export interface Fared {
  readonly says: string;
  /** From the controller's answer that carried the change to the fact; undefined if it was not seen in time. */
  readonly tookMs: number | undefined;
}

const withinMs = 15_000;

/** Makes a change happen and waits until it is seen. Rejects only when the signal aborts. */
export async function perform(change: Change, stage: Stage, signal: AbortSignal): Promise<Fared> {
  const { says } = change;
  stage.timeline.tell({ kind: "event", text: says });
  try {
    const { text, tookMs } = await observe(change, stage, signal);
    stage.timeline.tell({ kind: "served", text, tookMs });
    return { says, tookMs };
  } catch (error) {
    signal.throwIfAborted();
    stage.timeline.tell({ kind: "failed", text: error instanceof Error ? error.message : String(error) });
    return { says, tookMs: undefined };
  }
}

async function observe(change: Change, stage: Stage, signal: AbortSignal) {
  const { clock, agent } = stage;
  const within = { signal, withinMs };
  const appliedBefore = agent.applied();
  const alter = await change.prepare(stage);
  const answered = nextAnswer(stage, signal);
  alter();
  await answered;
  const begun = clock.monotonic();
  const text = await waitUntil(change.says, () => change.seen(stage), within);
  const tookMs = clock.monotonic() - begun;
  // nginx answers a moment before the agent has its proof; told in the order that people expect.
  if (change.nginx === "reloaded") await waitUntil("proof", () => agent.applied() > appliedBefore || undefined, within);
  else if (agent.applied() > appliedBefore) throw new Error("nginx was touched without need");
  return { text, tookMs };
}

/** Resolves when a controller has answered with the list of apps. */
async function nextAnswer({ cluster }: Stage, signal: AbortSignal): Promise<void> {
  const last = cluster.requests().at(-1)?.number ?? 0;
  const answered = cluster.waitFor(
    (seen) => seen.some((one) => one.number > last && one.call === "endpoints" && one.status === 200),
    { deadlineMs: withinMs },
  );
  signal.throwIfAborted();
  const done = new AbortController();
  const aborted = once(signal, "abort", { signal: done.signal }).then(() => signal.throwIfAborted());
  await Promise.race([answered, aborted]).finally(() => done.abort());
}

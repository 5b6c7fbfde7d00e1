import type { Cycle } from "./agent.ts";
import type { Clock } from "./clock.ts";
import { fallbackOf } from "./fallback.ts";
import { historyOf } from "./insight/history-of.ts";
import type { History } from "./records/history.ts";
import { withoutUrlSecrets } from "./status/redact.ts";

/** Where instances come and go without a reload, they do so often: an entry a minute is enough. */
const runtimePauseMs = 60_000;

/** Returns who keeps in the history what each cycle applied, or what it was refused; what fails again only once. */
export function createRecorder(history: History, clock: Clock): (cycle: Cycle) => void {
  const last = { at: Number.NEGATIVE_INFINITY, failure: "" };
  const state: { waiting: Cycle | undefined } = { waiting: undefined };
  const keep = (cycle: Cycle) => {
    state.waiting = undefined;
    const kept = historyOf(cycle, clock.now());
    if (kept === undefined) return;
    const { error } = kept.entry;
    const failure = error === undefined ? "" : `${error} ${kept.content.file.text}`;
    if (failure !== "" && failure === last.failure) return;
    Object.assign(last, { at: clock.monotonic(), failure });
    history.add({ ...kept.entry, ...(error !== undefined && { error: withoutUrlSecrets(error) }) }, kept.content);
  };
  return (cycle) => {
    if (cycle.plan?.kind === "runtime" && cycle.error === undefined) state.waiting = cycle;
    else if (cycle.plan !== undefined && cycle.plan.kind !== "none") keep(cycle);
    if (state.waiting !== undefined && clock.monotonic() - last.at >= runtimePauseMs) keep(state.waiting);
    for (const done of fallbackOf(cycle)) keep(done);
  };
}

import type { ApplyReport, Plan, RenderedFile } from "./model.ts";
import type { Applied, Refused } from "./plan/inputs.ts";

/** What one cycle tells the next. */
export interface CycleMemory {
  /** What the last cycle that ended well made of the proxy; undefined until one did. */
  applied: Applied | undefined;
  /** The plan of the cycle before, if it ended well: the proxy has what was applied, unless somebody else changed it. */
  done: Plan | undefined;
  /** What the proxy refused at run time; forgotten once a reload has tried it, so that it is tried once. */
  refused: Refused | undefined;
  /** When the first change began to wait for workers of earlier generations, on the clock that never jumps. */
  delayedSince: number | undefined;
  /** The text that waits and that the proxy was asked about already. */
  checked: string | undefined;
}

/** A memory of nothing. */
export function createCycleMemory(): CycleMemory {
  return {
    applied: undefined,
    done: undefined,
    refused: undefined,
    delayedSince: undefined,
    checked: undefined,
  };
}

/** What is refused now. After a reload nothing is asked of the same text again. */
export function refusedIn(
  { failed }: ApplyReport,
  { file, plan, before }: { readonly file: RenderedFile; readonly plan: Plan; readonly before: Refused | undefined },
): Refused | undefined {
  if (plan.kind === "reload" && before?.text === file.text) return { text: file.text, backends: [] };
  if (before?.text === file.text && before.backends.length === 0) return before;
  const backends = [...new Set(failed.map(({ step }) => step.backend))];
  return backends.length === 0 ? undefined : { text: file.text, backends };
}

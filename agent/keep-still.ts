import { type CycleMemory, refusedIn } from "./cycle-memory.ts";
import type { Held } from "./hold.ts";
import type { ApplyReport, Plan, ProxyDriver, RunningState } from "./model.ts";
import type { PlanInputs } from "./plan/inputs.ts";
import { inUse, planKept } from "./plan/kept.ts";
import { planMeanwhile } from "./plan/meanwhile.ts";

/**
 * Why changes wait in this cycle. A freeze keeps what there is: where there is nothing yet, as in a new container, the
 * proxy gets its first configuration all the same.
 */
export function heldNow(held: Held | undefined, running: RunningState): Held | undefined {
  const isNew = running.file === undefined && running.runtime === undefined;
  const hasNothing = held?.by === "freeze" && isNew && held.rollback === undefined;
  return hasNothing ? undefined : held;
}

/**
 * Ends a cycle whose changes wait. While somebody restarts the proxy it is not touched; frozen, it is kept running with
 * the file it has; while a reload waits for old workers, what needs none goes on. `onPlan` is told before anything is done.
 */
export async function keepStill(
  { held, running, waiting }: { readonly held: Held; readonly running: RunningState; readonly waiting: Plan },
  parts: {
    readonly basis: Pick<PlanInputs, "wanted" | "applied" | "refused" | "serverPrefix">;
    readonly memory: CycleMemory;
    readonly driver: ProxyDriver;
    readonly hash: (text: string) => string;
    readonly signal: AbortSignal;
    readonly onPlan: (kept: Plan) => void;
  },
): Promise<{ readonly plan?: Plan; readonly report?: ApplyReport }> {
  const { basis, memory, driver, hash, signal, onPlan } = parts;
  if (held.by === "proxy-restart") return {};
  const { file } = waiting;
  if (held.by === "freeze") {
    const plan = planKept(running, { path: file.path, hash, pinned: held.rollback?.file });
    if (plan === undefined) return {};
    onPlan(plan);
    if (plan.kind === "none") return { plan };
    const report = await driver.apply(plan, signal);
    memory.applied = undefined;
    return { plan, report };
  }
  const current = inUse(running, { path: file.path, hash });
  const plan = current && planMeanwhile({ ...basis, running, ...(waiting.taken && { taken: waiting.taken }) }, current);
  if (plan !== undefined) onPlan(plan);
  const report = plan && (await driver.apply(plan, signal));
  if (plan !== undefined && report !== undefined)
    memory.refused = refusedIn(report, { file, plan, before: basis.refused });
  await checkOnce(waiting, parts);
  return { ...(plan && { plan }), ...(report && { report }) };
}

/** What the proxy will refuse is known, and told, before the wait is over. */
async function checkOnce(
  { file }: Plan,
  {
    driver,
    memory,
    signal,
  }: { readonly driver: ProxyDriver; readonly memory: CycleMemory; readonly signal: AbortSignal },
): Promise<void> {
  if (memory.checked === file.text) return;
  await driver.check(file, signal);
  memory.checked = file.text;
}

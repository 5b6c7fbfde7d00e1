import type { Held } from "./hold.ts";
import type { ApplyReport, Plan, ProxyDriver, RunningState } from "./model.ts";
import { planKept } from "./plan/kept.ts";

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
 * the file it has. `onPlan` is told before anything is done.
 */
export async function keepStill(
  { held, running, waiting }: { readonly held: Held; readonly running: RunningState; readonly waiting: Plan },
  parts: {
    readonly driver: ProxyDriver;
    readonly hash: (text: string) => string;
    readonly signal: AbortSignal;
    readonly onPlan: (kept: Plan) => void;
  },
): Promise<{ readonly plan?: Plan; readonly report?: ApplyReport }> {
  const { driver, hash, signal, onPlan } = parts;
  if (held.by !== "freeze") return {};
  const plan = planKept(running, { path: waiting.file.path, hash, pinned: held.rollback?.file });
  if (plan === undefined) return {};
  onPlan(plan);
  return plan.kind === "none" ? { plan } : { plan, report: await driver.apply(plan, signal) };
}

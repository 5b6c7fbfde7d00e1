import type { Plan, ProxyDriver, Step } from "./model.ts";

/**
 * Takes the steps that need not wait until the proxy has been looked at, if it is the process that they were planned
 * for. Returns those taken. What came of them is not told here: whoever looks at the proxy afterwards sees it.
 */
export async function moveAhead(
  plan: Plan | undefined,
  { driver, signal }: { readonly driver: ProxyDriver; readonly signal: AbortSignal },
): Promise<readonly Step[]> {
  if (plan === undefined || !(await driver.isSameProcess?.(signal))) return [];
  await driver.apply(plan, signal);
  return plan.steps;
}

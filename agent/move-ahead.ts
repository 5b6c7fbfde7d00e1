import { AgentError } from "./errors.ts";
import type { ProxyDriver, Step } from "./model.ts";

/**
 * Takes the steps that need not wait until the proxy has been looked at, and returns them. What fails here is no failure
 * of the cycle: the proxy is looked at right afterwards, and then it is known what is wrong, or that nothing is any more.
 */
export async function moveAhead(
  batches: Iterable<readonly Step[]> | undefined,
  { driver, signal }: { readonly driver: ProxyDriver; readonly signal: AbortSignal },
): Promise<readonly Step[]> {
  if (batches === undefined || driver.moveAhead === undefined) return [];
  try {
    return await driver.moveAhead(batches, signal);
  } catch (error) {
    if (error instanceof AgentError) return [];
    throw error;
  }
}

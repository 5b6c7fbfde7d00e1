import assert from "node:assert/strict";
import { AgentError } from "../../agent/errors.ts";

/** The AgentError that `work` throws; the test fails if it throws none. */
export async function thrown(work: () => unknown): Promise<AgentError> {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof AgentError, `not an AgentError: ${String(error)}`);
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

/** All lines of such an error. */
export async function problemsOf(work: () => unknown): Promise<readonly string[]> {
  const { facts, message } = await thrown(work);
  return (facts["problems"] as readonly string[] | undefined) ?? [message];
}

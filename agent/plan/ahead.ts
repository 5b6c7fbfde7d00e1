import type { Plan, RenderedFile, Step } from "../model.ts";
import type { PlanInputs } from "./inputs.ts";
import { namesMissing, reasonsOf, stepsFor } from "./runtime.ts";

/**
 * The steps that need not wait for the file: where nothing but members has changed since `file` was applied, the file
 * can only follow them. For 10,000 members it takes longer to make and to compare than all steps together. Undefined if
 * there are none, or if a reload is to be expected: that brings the members along, refused ones too.
 */
export function planAhead(
  { running, wanted, applied, refused, reloads, serverPrefix }: Omit<PlanInputs, "file" | "shapeOf" | "taken">,
  file: RenderedFile | undefined,
): Plan | undefined {
  const { runtime } = running;
  if (runtime === undefined || applied === undefined || file === undefined || refused !== undefined) return undefined;
  const sameInputs = applied.template === wanted.template && applied.config === wanted.config;
  const sameBackends =
    applied.backends.length === wanted.backends.length && namesMissing(wanted.backends, runtime).length === 0;
  const inStep = !running.unproven && (!file.carriesGeneration || running.servedGeneration === file.generation);
  if (reloads === "allowed" && !(sameInputs && sameBackends && inStep)) return undefined;
  const steps: readonly Step[] = stepsFor({ wanted, applied, reloads, serverPrefix }, runtime);
  if (steps.length === 0) return undefined;
  return {
    kind: "runtime",
    file,
    reasons: reasonsOf(steps),
    steps,
    check: "implied",
    writes: false,
    missingBackends: [],
  };
}

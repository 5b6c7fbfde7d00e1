import type { Plan, RenderedFile } from "../model.ts";
import type { PlanInputs } from "./inputs.ts";
import { withNewcomers } from "./newcomers.ts";
import { reasonsOf } from "./runtime.ts";
import { diffServers } from "./servers.ts";

/**
 * What need not wait while a reload does: instances that come and go in the backends that the proxy has. The file stays as
 * it is, since it is more than they. Undefined if there is nothing of the kind.
 */
export function planMeanwhile(
  {
    wanted,
    applied,
    refused,
    running,
    serverPrefix,
    taken = [],
  }: Pick<PlanInputs, "wanted" | "applied" | "refused" | "running" | "serverPrefix" | "taken">,
  file: RenderedFile,
): Plan | undefined {
  if (running.runtime === undefined) return undefined;
  // What refused its servers takes them with the reload.
  const backends = wanted.backends.filter(({ name }) => !refused?.backends.includes(name));
  const steps = withNewcomers(diffServers(backends, { running: running.runtime, serverPrefix }), applied?.backends);
  const moved = [...taken, ...steps];
  if (moved.length === 0) return undefined;
  const reasons = reasonsOf(moved);
  return { kind: "runtime", file, reasons, steps, taken, check: "implied", writes: false, missingBackends: [] };
}

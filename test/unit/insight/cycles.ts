import type { Cycle } from "../../../agent/agent.ts";
import type { Plan } from "../../../agent/model.ts";
import { shapeOf } from "../../../agent/plan/shape.ts";
import { appliedOf, fileOf, runningWith, stateOf, vhostOf } from "../plan/fixtures.ts";

/** A reload to the file with this text. */
export function planOf(text: string, changes: Partial<Plan> = {}): Plan {
  const reasons = [{ code: "vhost-added", subjects: ["b.test"], count: 1 }] as const;
  return {
    kind: "reload",
    file: fileOf(text),
    reasons,
    steps: [],
    check: "needed",
    writes: true,
    missingBackends: [],
    ...changes,
  };
}

/** A cycle that found the proxy with `a.test` and the file "old", and wants `b.test` besides and the file "new". */
export function cycleOf(changes: Partial<Cycle> = {}): Cycle {
  const file = fileOf("new");
  return {
    tookMs: 1,
    nextInMs: 1000,
    built: { value: stateOf([vhostOf("a.test"), vhostOf("b.test")]), notes: [], counts: [] },
    running: runningWith("old"),
    made: {
      file,
      backends: [],
      notes: [],
      shapeOf: (text) => shapeOf(text, { backends: new Set(), serverPrefix: "" }),
    },
    applied: appliedOf([vhostOf("a.test")]),
    ...changes,
  };
}

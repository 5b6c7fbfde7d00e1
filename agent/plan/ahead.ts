import type { Backend, Plan, RunningServer } from "../model.ts";
import type { PlanInputs } from "./inputs.ts";
import { reasonsOf } from "./runtime.ts";
import { diffServers } from "./servers.ts";

/**
 * The steps that need not wait until the whole proxy has been looked at: where nothing but members has changed since the
 * cycle before, and that ended well (`done`), HAProxy has what was applied then, and the file can only follow the steps.
 * To look at 10,000 members and to render them takes longer than all steps together. Undefined if there are none, or if
 * a reload is to be expected: that brings the members along, refused ones too.
 *
 * Should HAProxy have something else after all, by an operator's hand say, then a step is refused, and nothing is lost:
 * the look at the whole comes right after.
 */
export function planAhead(
  { wanted, applied, refused, reloads, serverPrefix }: Omit<PlanInputs, "file" | "running" | "shapeOf" | "taken">,
  done: Plan | undefined,
): Plan | undefined {
  if (applied === undefined || done === undefined || refused !== undefined) return undefined;
  const { file, missingBackends } = done;
  const { before, after, gone, sameNames } = compareBackends(applied.backends, wanted.backends);
  const sameInputs = applied.template === wanted.template && applied.config === wanted.config;
  if (reloads === "allowed" && !(sameInputs && sameNames && missingBackends.length === 0)) return undefined;
  const missing = new Set(missingBackends);
  const had = (reloads === "none" ? [...before, ...gone] : before).filter((backend) => !missing.has(backend.name));
  const names = new Set(had.map((backend) => backend.name));
  const emptied = gone.map((backend) => ({ ...backend, servers: [] }));
  const steps = diffServers([...after, ...emptied], {
    running: { names, servers: had.flatMap(serversOf) },
    serverPrefix,
  });
  if (steps.length === 0) return undefined;
  const reasons = reasonsOf(steps);
  return { kind: "runtime", file, reasons, steps, check: "implied", writes: false, missingBackends: [] };
}

/** What is the same object has the same members. */
function compareBackends(applied: readonly Backend[], wanted: readonly Backend[]) {
  const left = new Map(applied.map((backend) => [backend.name, backend]));
  const before: Backend[] = [];
  const after: Backend[] = [];
  let added = 0;
  for (const backend of wanted) {
    const former = left.get(backend.name);
    left.delete(backend.name);
    if (former === undefined) added += 1;
    else if (former !== backend) {
      before.push(former);
      after.push(backend);
    }
  }
  return { before, after, gone: [...left.values()], sameNames: added === 0 && left.size === 0 };
}

function serversOf({ name: backend, servers }: Backend): readonly RunningServer[] {
  return servers.map(({ name, address, port }) => ({ backend, name, address, port, state: "serving" }));
}

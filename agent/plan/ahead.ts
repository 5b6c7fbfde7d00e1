import { followIn } from "../follow.ts";
import type { Backend, Plan, Server } from "../model.ts";
import type { PlanInputs } from "./inputs.ts";
import { withNewcomers } from "./newcomers.ts";
import { reasonsOf } from "./runtime.ts";
import { type BackendPair, diffPairs } from "./servers.ts";

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
  const { changed, gone, sameNames } = compareBackends(applied.backends, wanted.backends);
  const sameInputs = applied.template === wanted.template && applied.config === wanted.config;
  if (reloads === "allowed" && !(sameInputs && sameNames && missingBackends.length === 0)) return undefined;
  const missing = new Set(missingBackends);
  const pairs = reloads === "none" ? [...changed, ...gone] : changed;
  const known = pairs.filter(({ backend }) => !missing.has(backend.name));
  const steps = withNewcomers(diffPairs(known, serverPrefix), applied.backends);
  if (steps.length === 0) return undefined;
  const reasons = reasonsOf(steps);
  const plan = { kind: "runtime", file, reasons, steps, check: "implied", writes: false, missingBackends: [] } as const;
  return { ...plan, isTentative: true };
}

/** What is the same object has the same members. Backends that are gone should be empty. */
function compareBackends(applied: readonly Backend[], wanted: readonly Backend[]) {
  const left = new Map(applied.map((backend) => [backend.name, backend]));
  const changed: BackendPair[] = [];
  let added = 0;
  for (const backend of wanted) {
    const former = left.get(backend.name);
    left.delete(backend.name);
    if (former === undefined) added += 1;
    else if (former !== backend) changed.push(withoutCommon(backend, former.servers));
  }
  const gone = [...left.values()].map((backend) => ({ backend: { ...backend, servers: [] }, has: backend.servers }));
  return { changed, gone, sameNames: added === 0 && gone.length === 0 };
}

/** Most servers of a backend that has changed are the same objects: neither side needs them. */
function withoutCommon(backend: Backend, has: readonly Server[]): BackendPair {
  const indexOf = followIn(has, (before: Server, now: Server) => before === now);
  const common = new Set<Server>();
  for (const server of backend.servers) if (indexOf(server) !== undefined) common.add(server);
  const others = (servers: readonly Server[]) => servers.filter((server) => !common.has(server));
  return { backend: { ...backend, servers: others(backend.servers) }, has: others(has) };
}

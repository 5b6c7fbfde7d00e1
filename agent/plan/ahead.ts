import { followIn } from "../follow.ts";
import type { Backend, DesiredState, Plan, Server, Step, Vhost } from "../model.ts";
import type { Applied, PlanInputs } from "./inputs.ts";
import { withNewcomers } from "./newcomers.ts";
import { type BackendPair, diffPairs } from "./servers.ts";

/** What is known before any backend is. */
interface AheadInputs extends Pick<PlanInputs, "applied" | "refused" | "reloads" | "serverPrefix"> {
  readonly wanted: Omit<Applied, "backends">;
  readonly placer: {
    readonly one: (vhost: Vhost) => readonly Backend[];
    readonly all: (desired: DesiredState) => { readonly backends: readonly Backend[] };
  };
}

/**
 * The steps that need not wait until the whole proxy has been looked at: where nothing but members has changed since the
 * cycle before, and that ended well (`done`), HAProxy has what was applied then, and the file can only follow the steps.
 * To look at 10,000 members and to render them takes longer than all steps together. Undefined if there are none, or if
 * a reload is to be expected: that brings the members along, refused ones too.
 *
 * Should HAProxy have something else after all, by an operator's hand say, then a step is refused, and nothing is lost:
 * the look at the whole comes right after.
 *
 * They come in batches, of which each is made when it is asked for.
 */
export function planAhead(inputs: AheadInputs, done: Plan | undefined): Iterable<readonly Step[]> | undefined {
  const { wanted, applied, refused, reloads, serverPrefix, placer } = inputs;
  if (applied === undefined || done === undefined || refused !== undefined) return undefined;
  const { missingBackends } = done;
  const sameInputs = applied.template === wanted.template && applied.config === wanted.config;
  if (reloads === "allowed" && !(sameInputs && missingBackends.length === 0)) return undefined;
  const changes =
    (applied.addresses === wanted.addresses && sameInputs
      ? changesByVhost(applied, wanted.desired, placer.one)
      : undefined) ?? changesOfAll(applied.backends, placer.all(wanted.desired).backends, reloads);
  if (changes === undefined) return undefined;
  const missing = new Set(missingBackends);
  const batches = inBatches(changes, (batch) => {
    const known = batch.filter(({ to }) => !missing.has(to.name));
    return withNewcomers(
      diffPairs(known.map(withoutCommon), serverPrefix),
      known.map(({ from }) => from),
    );
  });
  const first = batches.next();
  return first.done ? undefined : chain(first.value, batches);
}

/** A backend that was applied, and what it should be now. */
interface Change {
  readonly from: Backend;
  readonly to: Backend;
}

/** Says when it is asked what has changed of one vhost, or of one backend. */
type Changed = () => readonly Change[];

/** HAProxy is at work on the first so many while the next are planned. */
const changesPerBatch = 8;

function* inBatches(
  changes: readonly Changed[],
  plan: (batch: readonly Change[]) => readonly Step[],
): Generator<readonly Step[]> {
  for (let start = 0; start < changes.length; start += changesPerBatch) {
    const steps = plan(changes.slice(start, start + changesPerBatch).flatMap((changed) => changed()));
    if (steps.length > 0) yield steps;
  }
}

function* chain<T>(first: T, others: Iterable<T>): Generator<T> {
  yield first;
  yield* others;
}

/**
 * Where all vhosts and their groups are those of before, so are all backends: then only those of vhosts that have changed
 * are placed, each when it is asked for. Undefined if it is not so.
 */
function changesByVhost(
  { desired, backends }: Applied,
  { vhosts }: DesiredState,
  place: (vhost: Vhost) => readonly Backend[],
): readonly Changed[] | undefined {
  if (vhosts.length !== desired.vhosts.length) return undefined;
  if (!vhosts.every((vhost, index) => hasSameBackends(desired.vhosts[index], vhost))) return undefined;
  const byVhost = Map.groupBy(backends, (backend) => backend.vhost);
  return vhosts
    .filter((vhost, index) => vhost !== desired.vhosts[index])
    .map((vhost) => () => {
      const former = byVhost.get(vhost.name) ?? [];
      return place(vhost).flatMap((to) => {
        // It has none where another vhost has its name.
        const from = former.find((backend) => backend.name === to.name);
        return from === undefined || from === to ? [] : [{ from, to }];
      });
    });
}

function hasSameBackends(before: Vhost | undefined, now: Vhost): boolean {
  if (before === now) return true;
  return (
    before?.name === now.name &&
    before.routingTagKey === now.routingTagKey &&
    before.groups.length === now.groups.length &&
    before.groups.every((group, index) => group.name === now.groups[index]?.name)
  );
}

/**
 * What is the same object has the same members. Backends that are gone should be empty, if a reload does not take them
 * away. Undefined if a reload is to be expected.
 */
function changesOfAll(
  applied: readonly Backend[],
  wanted: readonly Backend[],
  reloads: PlanInputs["reloads"],
): readonly Changed[] | undefined {
  const left = new Map(applied.map((backend) => [backend.name, backend]));
  const changes: Change[] = [];
  let added = 0;
  for (const to of wanted) {
    const from = left.get(to.name);
    left.delete(to.name);
    if (from === undefined) added += 1;
    else if (from !== to) changes.push({ from, to });
  }
  if (reloads === "allowed" && (added > 0 || left.size > 0)) return undefined;
  const gone = [...left.values()].map((from) => ({ from, to: { ...from, servers: [] } }));
  return [...changes, ...gone].map((change) => () => [change]);
}

/** Most servers of a backend that has changed are the same objects: neither side needs them. */
function withoutCommon({ from, to }: Change): BackendPair {
  const indexOf = followIn(from.servers, (before: Server, now: Server) => before === now);
  const common = new Set<Server>();
  for (const server of to.servers) if (indexOf(server) !== undefined) common.add(server);
  const others = (servers: readonly Server[]) => servers.filter((server) => !common.has(server));
  return { backend: { ...to, servers: others(to.servers) }, has: others(from.servers) };
}

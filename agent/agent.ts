import type { Clock, Wake } from "./clock.ts";
import { backoff } from "./clock.ts";
import type { Config } from "./config/schema.ts";
import { type CycleMemory, createCycleMemory, refusedIn } from "./cycle-memory.ts";
import { createPlacer, type Placed } from "./desired/backends.ts";
import { type Built, createBuilder } from "./desired/build.ts";
import { createNameFinder } from "./desired/hosts.ts";
import type { Resolution, Resolver } from "./dns/resolver.ts";
import { AgentError } from "./errors.ts";
import { delayNow } from "./governor.ts";
import type { Held } from "./hold.ts";
import { heldNow, keepStill } from "./keep-still.ts";
import { createMaker, createShapeMemo } from "./maker.ts";
import { createMemo } from "./memo.ts";
import type { ApplyReport, NamespaceSnapshot, Plan, ProxyDriver, RunningState } from "./model.ts";
import { moveAhead } from "./move-ahead.ts";
import { planAhead } from "./plan/ahead.ts";
import type { Applied } from "./plan/inputs.ts";
import { planChanges } from "./plan/plan.ts";
import type { Admitted, Quarantine } from "./quarantine/quarantine.ts";
import type { Template } from "./render/engine.ts";
import { type Made, reloadsOf, serverPrefix } from "./stages.ts";
import { createTrial } from "./trial.ts";

/** The configuration and the template as they are now, each with a name that changes when it does. */
export interface Inputs {
  readonly config: Config;
  readonly configId: string;
  readonly configFile: string;
  readonly template: Template;
  readonly templateId: string;
}

/** Everything one cycle works with. */
export interface AgentParts {
  readonly clock: Clock;
  /** Rung by whatever may have changed something; carries no data. */
  readonly wake: Wake;
  /** Undefined until there is a template that compiles. */
  readonly inputs: () => Inputs | undefined;
  readonly snapshots: () => readonly NamespaceSnapshot[];
  /** Resolves when every namespace has data, or is known to have none for now. */
  readonly settled: (signal: AbortSignal) => Promise<unknown>;
  readonly quarantine: Quarantine;
  readonly resolver: Resolver;
  readonly driver: ProxyDriver;
  readonly world: {
    readonly environment: Readonly<Record<string, string>>;
    readonly timeZone: string;
    readonly ipv6: boolean;
  };
  readonly hash: (text: string) => string;
  /** While it says why, nothing is changed. */
  readonly held: () => Held | undefined;
  /** Told of every cycle, however it ended. */
  readonly onCycle: (cycle: Cycle) => void;
}

/** How one cycle went. What is undefined was not reached. */
export interface Cycle {
  readonly tookMs: number;
  readonly quarantined?: Admitted["quarantined"];
  readonly built?: Built;
  readonly resolution?: Resolution;
  readonly running?: RunningState;
  readonly made?: Made;
  readonly plan?: Plan;
  /** What would have been done, but waits: changes are held. */
  readonly waiting?: Plan;
  readonly report?: ApplyReport;
  /** What went in. */
  readonly snapshots?: readonly NamespaceSnapshot[];
  /** What the proxy was last brought in step with, before this cycle. */
  readonly applied?: Applied;
  /** Why `waiting` waits. */
  readonly held?: Held;
  /** Undefined if nothing had to be rendered. */
  readonly renderMs?: number;
  readonly error?: unknown;
  /** What was done with the last good template and configuration, since the newest ones are at fault. */
  readonly fallback?: Omit<Cycle, "tookMs" | "nextInMs" | "fallback">;
  /** When the loop will turn again by itself, in ms. */
  readonly nextInMs: number;
}

/** A running proxy is asked this often whether it still serves what it should. */
export const auditMs = 30_000;
/** A proxy that does not run, or is held, or has workers to wait for, is looked at more often. */
const absentMs = 1000;

/**
 * The loop: takes the newest of everything, brings the proxy in step, reports, sleeps until woken. It is the only place
 * that catches: whatever failed is tried again on the next change, and by itself after a while.
 */
export async function run(parts: AgentParts, signal: AbortSignal): Promise<void> {
  const turn = createTurn(parts);
  let failures = 0;
  await parts.settled(signal);
  while (!signal.aborted) {
    const begun = parts.clock.monotonic();
    const outcome = await turn(signal);
    if (signal.aborted) return;
    failures = "error" in outcome || hasFailedSteps(outcome) ? failures + 1 : 0;
    const nextInMs =
      failures > 0
        ? backoff(parts.clock, failures, { firstMs: 2000, maxMs: auditMs })
        : pauseAfter(outcome, parts.clock.now());
    parts.onCycle({ ...outcome, tookMs: parts.clock.monotonic() - begun, nextInMs });
    await parts.wake.wait(signal, nextInMs);
  }
}

type Outcome = Omit<Cycle, "tookMs" | "nextInMs">;

/**
 * One turn of the loop; it never throws. A bad edit must not keep the apps from being served as they are now: where the
 * newest template or configuration fails, the last ones that worked are used, until the newest work.
 */
function createTurn(parts: AgentParts): (signal: AbortSignal) => Promise<Outcome> {
  const memory = createCycleMemory();
  const newest = createCycle(parts, memory);
  const former = createCycle(parts, memory);
  const attempt = (cycle: CycleOnce, inputs: Inputs, signal: AbortSignal) =>
    parts.quarantine.around(
      () => once(cycle, inputs, signal),
      (outcome) => createTrial(parts, { ...outcome, inputs, signal }),
    );
  let good: Inputs | undefined;
  return async (signal) => {
    const inputs = parts.inputs();
    if (inputs === undefined) return {};
    const outcome = await attempt(newest, inputs, signal);
    if (outcome.plan !== undefined && !("error" in outcome) && outcome.waiting === undefined) good = inputs;
    if (good === undefined || good === inputs || !isFaultOfInputs(outcome.error) || signal.aborted) return outcome;
    // What it would serve of a namespace that is followed under another name now would be nothing.
    if (!knowsAll(inputs, good)) return outcome;
    return { ...outcome, fallback: await attempt(former, good, signal) };
  };
}

async function once(cycle: CycleOnce, inputs: Inputs, signal: AbortSignal): Promise<Outcome> {
  let known: Outcome = {};
  const progress = (reached: Outcome) => {
    known = reached;
  };
  return await cycle({ inputs, signal, progress }).catch((error: unknown): Outcome => ({ ...known, error }));
}

/** True if each namespace of the former configuration is still one of the newest. */
function knowsAll(newest: Inputs, former: Inputs): boolean {
  const names = new Set(newest.config.namespaces.map((one) => one.name));
  return former.config.namespaces.every((one) => names.has(one.name));
}

function isFaultOfInputs(error: unknown): boolean {
  const codes: readonly string[] = ["template-invalid", "proxy-refused-config", "proxy-not-proven"];
  return error instanceof AgentError && codes.includes(error.code);
}

/** Steps that the proxy refused, or could not be asked for, are tried again like anything else that failed. */
function hasFailedSteps({ report, running }: Outcome): boolean {
  return (report !== undefined && report.failed.length > 0) || running?.runtimeFailure !== undefined;
}

function pauseAfter({ held, running }: Outcome, now: number): number {
  if (held?.by === "proxy-restart" || running?.running === false) return absentMs;
  if (held?.until === undefined) return auditMs;
  return Math.min(held.by === "old-workers" ? absentMs : auditMs, Math.max(0, held.until - now));
}

/** One cycle. `progress` is told what is known so far, for the case that the rest fails. */
type CycleOnce = (options: {
  readonly inputs: Inputs;
  readonly signal: AbortSignal;
  readonly progress: (known: Outcome) => void;
}) => Promise<Outcome>;

/**
 * One cycle: discovery → desired state → render → plan → apply. What went in unchanged is not computed again. Where only
 * members have changed, they are moved before the proxy is looked at and the file is rendered.
 */
function createCycle(parts: AgentParts, memory: CycleMemory): CycleOnce {
  const buildDesired = createBuilder();
  const hostNamesOf = createNameFinder();
  const placerFor = createPlacer();
  const builtOnce = createMemo<Built>();
  const hostsOnce = createMemo<readonly string[]>();
  const placedOnce = createMemo<Placed>();
  const makeFile = createMaker(parts);
  const shapeOnce = createShapeMemo();

  return async ({ inputs, signal, progress }) => {
    const admitted = parts.quarantine.admit(parts.snapshots(), inputs);
    const { snapshots } = admitted;
    if (snapshots.length === 0) return {};
    const { config, configFile, template } = inputs;
    const built = builtOnce([config, ...snapshots.flatMap(contentOf)], () =>
      buildDesired(snapshots, config.namespaces),
    );
    const { value: desired } = built;
    const names = hostsOnce([built], () => hostNamesOf(desired));
    const resolution = await parts.resolver.resolve(names, signal);
    const { addresses, fingerprint } = resolution;
    const placer = placerFor(config, addresses);
    const { applied, refused, done } = memory;
    memory.done = undefined;
    const goal = { desired, addresses: fingerprint, template: inputs.templateId, config: inputs.configId };
    const rules = { applied, refused, reloads: reloadsOf(config), serverPrefix: serverPrefix(config) };
    const ahead = parts.held() ? undefined : planAhead({ ...rules, wanted: goal, placer }, done);
    const taken = await moveAhead(ahead, { driver: parts.driver, signal });
    const placed = placedOnce([built, fingerprint, config], () => placer.all(desired));
    const wanted = { ...goal, backends: placed.backends };
    const basis = { ...rules, wanted };
    const running = await parts.driver.observe(signal);
    const hold = heldNow(parts.held(), running);
    const known = { ...admitted, built, resolution, running, ...(hold && { held: hold }), ...(applied && { applied }) };
    progress(known);
    const given = { config, configFile, template, desired, addresses, placed };
    const { made, renderMs } = makeFile({ ...given, running, built, fingerprint });
    const outcome = { ...known, made, ...(renderMs !== undefined && { renderMs }) };
    const { file } = made;
    const plan = planChanges({ ...basis, running, taken, file, shapeOf: (text) => shapeOnce(made, text) });
    const held = hold ?? delayNow(plan, { ...basis, running, config, memory, ...parts });
    if (held) {
      const still = { ...outcome, held, waiting: plan };
      progress(still);
      const onPlan = (kept: Plan) => progress({ ...still, plan: kept });
      return { ...still, ...(await keepStill(still, { ...parts, basis, memory, signal, onPlan })) };
    }
    progress({ ...outcome, plan });
    const report = plan.kind === "none" ? undefined : await parts.driver.apply(plan, signal);
    Object.assign(memory, { applied: wanted, done: plan, delayedSince: undefined });
    parts.quarantine.accepted(snapshots, inputs);
    if (report !== undefined) memory.refused = refusedIn(report, { file, plan, before: refused });
    return { ...outcome, plan, ...(report && { report }) };
  };
}

/** What of a snapshot decides the desired state; its age does not. */
function contentOf({ namespace, apps, notes, leader }: NamespaceSnapshot): readonly unknown[] {
  return [namespace, apps, notes, leader?.endpoint];
}

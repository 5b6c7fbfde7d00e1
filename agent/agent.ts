import type { Clock, Wake } from "./clock.ts";
import { backoff } from "./clock.ts";
import type { Config } from "./config/schema.ts";
import { backendsFor, type Placed } from "./desired/backends.ts";
import { type Built, buildDesired } from "./desired/build.ts";
import { hostsOf } from "./desired/hosts.ts";
import type { Resolution, Resolver } from "./dns/resolver.ts";
import { AgentError } from "./errors.ts";
import type { Held } from "./hold.ts";
import { heldNow, keepStill } from "./keep-still.ts";
import { createMemo } from "./memo.ts";
import type { ApplyReport, NamespaceSnapshot, Plan, ProxyDriver, RenderedFile, RunningState } from "./model.ts";
import { planAhead } from "./plan/ahead.ts";
import type { Applied, Refused } from "./plan/inputs.ts";
import { planChanges } from "./plan/plan.ts";
import type { ConfigShape } from "./plan/shape.ts";
import type { Template } from "./render/engine.ts";
import { type Made, makeFile, serverPrefix } from "./stages.ts";

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
/** A proxy that does not run, or is held, is looked at more often. */
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
  const memory: Memory = { applied: undefined, file: undefined, refused: undefined };
  const newest = createCycle(parts, memory);
  const former = createCycle(parts, memory);
  let good: Inputs | undefined;
  return async (signal) => {
    const inputs = parts.inputs();
    if (inputs === undefined) return {};
    const outcome = await attempt(newest, inputs, signal);
    if (outcome.plan !== undefined && !("error" in outcome) && outcome.waiting === undefined) good = inputs;
    if (good === undefined || good === inputs || !isFaultOfInputs(outcome.error) || signal.aborted) return outcome;
    return { ...outcome, fallback: await attempt(former, good, signal) };
  };
}

async function attempt(cycle: CycleOnce, inputs: Inputs, signal: AbortSignal): Promise<Outcome> {
  let known: Outcome = {};
  const progress = (reached: Outcome) => {
    known = reached;
  };
  return await cycle({ inputs, signal, progress }).catch((error: unknown): Outcome => ({ ...known, error }));
}

function isFaultOfInputs(error: unknown): boolean {
  const codes: readonly string[] = ["template-invalid", "proxy-refused-config", "proxy-not-proven"];
  return error instanceof AgentError && codes.includes(error.code);
}

/** Steps that the proxy refused are tried again like anything else that failed; the others count. */
function hasFailedSteps({ report }: Outcome): boolean {
  return report !== undefined && report.failed.length > 0;
}

function pauseAfter({ held, running }: Outcome, now: number): number {
  if (held?.by === "proxy-restart" || running?.running === false) return absentMs;
  return held?.until === undefined ? auditMs : Math.min(auditMs, Math.max(0, held.until - now));
}

/** What one turn tells the next. */
interface Memory {
  applied: Applied | undefined;
  /** The file that was applied with it. */
  file: RenderedFile | undefined;
  /** What the proxy refused at run time; forgotten once a reload has tried it, so that it is tried once. */
  refused: Refused | undefined;
}

/** One cycle. `progress` is told what is known so far, for the case that the rest fails. */
type CycleOnce = (options: {
  readonly inputs: Inputs;
  readonly signal: AbortSignal;
  readonly progress: (known: Outcome) => void;
}) => Promise<Outcome>;

/**
 * One cycle: discovery → desired state → render → plan → apply. What went in unchanged is not computed again. Where only
 * members have changed, they are moved before the file is rendered.
 */
function createCycle(parts: AgentParts, memory: Memory): CycleOnce {
  const builtOnce = createMemo<Built>();
  const hostsOnce = createMemo<readonly string[]>();
  const placedOnce = createMemo<Placed>();
  const makeOnce = createMaker(parts);
  const shapeOnce = createShapeMemo();

  return async ({ inputs, signal, progress }) => {
    const snapshots = parts.snapshots();
    if (snapshots.length === 0) return {};
    const { config } = inputs;
    const built = builtOnce([config, ...snapshots.flatMap(contentOf)], () =>
      buildDesired(snapshots, config.namespaces),
    );
    const resolution = await parts.resolver.resolve(
      hostsOnce([built], () => hostsOf(built.value)),
      signal,
    );
    const running = await parts.driver.observe(signal);
    const { applied, refused } = memory;
    const held = heldNow(parts.held(), running);
    const known = { built, resolution, running, snapshots, ...(held && { held }), ...(applied && { applied }) };
    progress(known);
    const placed = placedOnce([built, resolution.fingerprint, config], () =>
      backendsFor(config, { desired: built.value, addresses: resolution.addresses }),
    );
    const wanted = {
      desired: built.value,
      backends: placed.backends,
      template: inputs.templateId,
      config: inputs.configId,
    };
    const basis = { running, wanted, applied, refused, reloads: reloadsOf(config), serverPrefix: serverPrefix(config) };
    const ahead = held ? undefined : planAhead(basis, memory.file);
    const stepped = ahead && (await parts.driver.apply(ahead, signal));
    const { made, renderMs } = makeOnce(inputs, { built, resolution, running, placed });
    const outcome = { ...known, made, ...(renderMs !== undefined && { renderMs }) };
    const { file } = made;
    const plan = planChanges({
      ...basis,
      file,
      shapeOf: (text) => shapeOnce(made, text),
      ...(ahead && { taken: ahead.steps }),
    });
    if (held) {
      const still = { ...outcome, held, waiting: plan };
      const onPlan = (kept: Plan) => progress({ ...still, plan: kept });
      return { ...still, ...(await keepStill(still, { ...parts, signal, onPlan })) };
    }
    progress({ ...outcome, plan });
    const report = await applyRest(plan, { driver: parts.driver, signal, stepped });
    Object.assign(memory, { applied: wanted, file });
    if (report !== undefined) memory.refused = refusedIn(report, { file, plan, before: refused });
    return { ...outcome, plan, ...(report && { report }) };
  };
}

/** Renders the file, unless everything that goes into it is what went in last time. */
function createMaker(parts: AgentParts) {
  const madeOnce = createMemo<Made>();
  return (
    { config, configFile, template }: Inputs,
    facts: {
      readonly built: Built;
      readonly resolution: Resolution;
      readonly running: RunningState;
      readonly placed: Placed;
    },
  ): { readonly made: Made; readonly renderMs: number | undefined } => {
    const { built, resolution, running, placed } = facts;
    const { version, file } = running;
    const keys = [built, resolution.fingerprint, template, config, version, file?.text, file?.renderedAt];
    let renderMs: number | undefined;
    const made = madeOnce(keys, () => {
      const begun = parts.clock.monotonic();
      const { world, hash } = parts;
      const { addresses } = resolution;
      const now = parts.clock.now();
      const desired = built.value;
      const ingredients = { config, configFile, template, desired, addresses, running, world, hash, now, placed };
      const result = makeFile(ingredients);
      renderMs = parts.clock.monotonic() - begun;
      return result;
    });
    return { made, renderMs };
  };
}

/** Remembers the shapes of two texts, the one made and the one on disk. */
function createShapeMemo() {
  const newShape = createMemo<ConfigShape>();
  const oldShape = createMemo<ConfigShape>();
  return (made: Made, text: string) =>
    (text === made.file.text ? newShape : oldShape)([made, text], () => made.shapeOf(text));
}

/** Applies a plan whose steps may have been taken already; then `stepped` says what came of them. */
async function applyRest(
  plan: Plan,
  { driver, signal, stepped }: Pick<AgentParts, "driver"> & { signal: AbortSignal; stepped: ApplyReport | undefined },
): Promise<ApplyReport | undefined> {
  if (plan.kind === "none") return undefined;
  if (stepped === undefined) return await driver.apply(plan, signal);
  if (plan.kind === "runtime" && !plan.writes) return stepped;
  const report = await driver.apply({ ...plan, steps: [] }, signal);
  return { ...report, failed: [...stepped.failed, ...report.failed] };
}

/** After a reload nothing is asked of the same text again. */
function refusedIn(
  { failed }: ApplyReport,
  { file, plan, before }: { readonly file: RenderedFile; readonly plan: Plan; readonly before: Refused | undefined },
): Refused | undefined {
  if (plan.kind === "reload" && before?.text === file.text) return { text: file.text, backends: [] };
  if (before?.text === file.text && before.backends.length === 0) return before;
  const backends = [...new Set(failed.map(({ step }) => step.backend))];
  return backends.length === 0 ? undefined : { text: file.text, backends };
}

function reloadsOf(config: Config): "allowed" | "none" {
  return config.proxy_platform === "haproxy" && config.haproxy_reload_disabled ? "none" : "allowed";
}

/** What of a snapshot decides the desired state; its age does not. */
function contentOf({ namespace, apps, notes, leader }: NamespaceSnapshot): readonly unknown[] {
  return [namespace, apps, notes, leader?.endpoint];
}

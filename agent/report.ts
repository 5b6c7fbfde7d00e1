import type { Cycle } from "./agent.ts";
import type { Clock } from "./clock.ts";
import { createConvergence } from "./convergence.ts";
import { AgentError, messageOf } from "./errors.ts";
import { fallbackOf } from "./fallback.ts";
import type { ReloadDelay } from "./hold.ts";
import { errorFacts, type Logger } from "./log.ts";
import type { Note, StepFailure } from "./model.ts";
import { describeReasons, describeStep } from "./plan/plan.ts";
import type { Quarantined } from "./quarantine/quarantined.ts";
import { createDelayReporter } from "./report-delay.ts";
import type { BoardHolder, Concern } from "./status/board.ts";
import * as board from "./status/board.ts";
import type { Metrics } from "./status/metrics.ts";

/** Where the outcome of a cycle goes. */
export interface ReportParts {
  readonly board: BoardHolder;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly clock: Clock;
  /** Told once the proxy is first known to serve what it should. */
  readonly onFirstProof: () => void;
}

/** The longest that one cycle works: checking and proving a configuration of tens of thousands of vhosts. */
const longestWorkMs = 60_000;
/** A cluster full of bad apps must not fill the log. */
const notesPerCycle = 20;

/** Returns the reporter of cycles: board, metrics and log, each told once of what is new. */
export function createReporter(parts: ReportParts): (cycle: Cycle) => void {
  let lastError = "";
  let told: ReadonlySet<string> = new Set();
  const converged = createConvergence();
  const tellDelay = createDelayReporter(parts);
  return (cycle) => {
    const at = parts.clock.now();
    showOnBoard(parts, cycle, at);
    tellDelay(cycle, at);
    for (const done of [cycle, ...fallbackOf(cycle)]) {
      count(parts.metrics, done);
      for (const change of converged(done, at)) parts.metrics.converged(change);
      if (done.report === undefined) continue;
      const template = done === cycle ? {} : { template: "the last good one" };
      parts.log.info("applied", { ...appliedFacts(done, at), ...template });
    }
    told = tellNotes(parts.log, notesOf(cycle), told);
    const error = cycle.error === undefined ? "" : messageOf(cycle.error);
    if (error !== "" && error !== lastError)
      parts.log.error("not applied", { ...errorFacts(cycle.error), retry_in_ms: Math.round(cycle.nextInMs) });
    if (error === "" && lastError !== "") parts.log.info("in step again");
    lastError = error;
  };
}

function showOnBoard(parts: ReportParts, cycle: Cycle, at: number): void {
  const update = parts.board.update;
  const monotonic = parts.clock.monotonic();
  update((now) => board.withTurn(now, { at, monotonic, longestIntervalMs: cycle.nextInMs + longestWorkMs }));
  const { built, running, plan } = cycle;
  if (built !== undefined) update((now) => board.withDesired(now, { ...built, notes: notesOf(cycle) }));
  const { quarantined = cycle.quarantined } = cycle.fallback ?? {};
  if (quarantined !== undefined) update((now) => board.withQuarantined(now, quarantined));
  if (running !== undefined) update((now) => board.withOldWorkers(now, { ...running, delay: delayOf(cycle) }));
  const error = cycle.error === undefined ? {} : { error: messageOf(cycle.error) };
  const { kind, reasons } = plan ?? { kind: "none" as const, reasons: [] };
  update((now) => board.withCycle(now, { at, kind, reasons, tookMs: cycle.tookMs, ...error }));
  for (const [concern, message] of verdicts(cycle)) {
    update((now) =>
      message === undefined
        ? board.withSuccess(now, { concern, at })
        : board.withFailure(now, { concern, at, message }),
    );
  }
  if (changesNothingAtRuntime(cycle))
    update((now) => board.withSuccess(now, { concern: "upstreamUpdates", at, message: "not in use" }));
  for (const done of [cycle, ...fallbackOf(cycle)]) showProof(parts, done, at);
}

/** Why and until when a reload waits for old workers, if one does. */
function delayOf({ held }: Cycle): ReloadDelay | undefined {
  return held?.by === "old-workers" ? held : undefined;
}

function showProof(parts: ReportParts, { plan, report, running, error }: Cycle, at: number): void {
  if (plan === undefined || error !== undefined) return;
  const proof =
    report?.proof ?? (running?.running ? (plan.file.carriesGeneration ? "generation" : "workers") : "not-running");
  if (proof === "not-running") return;
  const { generation } = plan.file;
  const first = parts.board.read().proven === undefined;
  parts.board.update((now) =>
    now.proven?.generation === generation ? now : board.withProven(now, { at, generation, proof }),
  );
  if (first) parts.onFirstProof();
}

/** Which concerns this cycle says something about; undefined means well. */
function verdicts(cycle: Cycle): readonly (readonly [Concern, string | undefined])[] {
  const { error, plan, running, resolution, made } = cycle;
  const unresolved = resolution?.unresolved ?? [];
  const failed = error === undefined ? undefined : ([concernOf(error), messageOf(error)] as const);
  return [
    ...(resolution === undefined ? [] : [["resolver", describeUnresolved(unresolved)] as const]),
    ...(running === undefined ? [] : [["controlPlane", isUp(cycle) ? undefined : "the proxy is not running"] as const]),
    ...(made === undefined ? [] : [["rendering", undefined] as const]),
    ...(plan === undefined || (running?.runtime === undefined && running?.runtimeFailure === undefined)
      ? []
      : [["upstreamUpdates", describeRuntime(cycle)] as const]),
    ...proven(cycle).map((one) => [one, undefined] as const),
    ...(failed === undefined ? [] : [failed]),
  ];
}

/** True where servers come and go by reloads only, as after that was switched off: nothing of it can fail. */
function changesNothingAtRuntime({ plan, error, running }: Cycle): boolean {
  const isUnused = running?.runtime === undefined && running?.runtimeFailure === undefined;
  return plan !== undefined && error === undefined && isUnused;
}

/** What this cycle has shown to be well. Where changes wait, nothing was done that could show it, save a check. */
function proven({ error, plan, waiting, held, report }: Cycle): readonly Concern[] {
  if (error !== undefined) return [];
  if (waiting !== undefined && report === undefined) return held?.by === "old-workers" ? ["check"] : [];
  return plan === undefined ? [] : ["check", "reload", "diskIO"];
}

function isUp({ running, report }: Cycle): boolean {
  return running?.running === true || (report !== undefined && report.proof !== "not-running");
}

function concernOf(error: unknown): Concern {
  const code = error instanceof AgentError ? error.code : undefined;
  if (code === "template-invalid" || code === "template-unreadable") return "rendering";
  if (code === "proxy-refused-config") return "check";
  if (code === "proxy-api-failed") return "controlPlane";
  return code === "disk-failed" ? "diskIO" : "reload";
}

/** What keeps servers from coming and going at run time, if anything does. */
function describeRuntime(cycle: Cycle): string | undefined {
  const { running, report } = cycle;
  const [failure, ...others] = report?.failed ?? [];
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  const refused = failure && `${describeStep(failure.step)}: ${failure.message}${more}`;
  const [missing, ...also] = missingIn(cycle);
  const rest = also.length === 0 ? "" : ` and ${also.length} more`;
  const absent = missing && `backend ${missing.name} of vhost ${missing.vhost}${rest} missing in the proxy`;
  const all = [running?.runtimeFailure, refused, absent].filter((one) => one !== undefined);
  return all.length === 0 ? undefined : all.join("; ");
}

/** Backends that the proxy should have and lacks, with the vhosts that they are for. */
function missingIn({ plan, made }: Cycle): readonly { readonly name: string; readonly vhost: string }[] {
  if (plan === undefined || plan.missingBackends.length === 0) return [];
  const vhosts = new Map(made?.backends.map(({ name, vhost }) => [name, vhost]));
  return plan.missingBackends.map((name) => ({ name, vhost: vhosts.get(name) ?? name }));
}

function describeUnresolved(
  unresolved: readonly { readonly host: string; readonly reason: string; readonly kept: string | undefined }[],
) {
  const first = unresolved[0];
  if (first === undefined) return undefined;
  const what = first.kept === undefined ? "left out" : `kept at ${first.kept}`;
  return `${unresolved.length} host names do not resolve; ${first.host}: ${first.reason}, ${what}`;
}

function count(metrics: Metrics, cycle: Cycle): void {
  const { plan, report, error } = cycle;
  if (cycle.renderMs !== undefined) metrics.rendered({ result: "success", seconds: cycle.renderMs / 1000 });
  if (error instanceof AgentError && error.code === "template-invalid")
    metrics.rendered({ result: "failure", seconds: 0 });
  if (plan === undefined || plan.kind === "none") return;
  const reloads = plan.kind === "reload" || plan.kind === "start";
  if (error !== undefined && (reloads || plan.kind === "write")) metrics.reloadFailed();
  if (error !== undefined || report === undefined) return;
  metrics.applied({ kind: plan.kind, seconds: cycle.tookMs / 1000 });
  if (reloads) metrics.reloaded({ reasons: plan.reasons, seconds: report.tookMs.reload / 1000 });
}

function appliedFacts({ plan, report, tookMs, snapshots = [], built }: Cycle, at: number) {
  const newest = Math.max(...snapshots.map((snapshot) => snapshot.fetchedAt));
  const stepCount = (plan?.taken?.length ?? 0) + (plan?.steps.length ?? 0);
  return {
    plan: plan?.kind,
    reasons: plan && describeReasons(plan.reasons),
    generation: report?.generation,
    proof: report?.proof,
    ...(stepCount > 0 && { steps: stepCount }),
    ...(report !== undefined &&
      report.failed.length > 0 && { refused: report.failed.map(describeFailure).slice(0, 5) }),
    vhosts: built?.value.vhosts.length,
    check_ms: report?.tookMs.check,
    reload_ms: report?.tookMs.reload,
    total_ms: Math.round(tookMs),
    since_answer_ms: snapshots.length === 0 ? undefined : Math.max(0, Math.round(at - newest)),
  };
}

function describeFailure({ step, message }: StepFailure): string {
  return `${describeStep(step)}: ${message}`;
}

function notesOf(cycle: Cycle): readonly Note[] {
  const { quarantined, built, resolution, running, made, fallback } = cycle;
  const names = resolution?.unresolved ?? [];
  const unresolved = names.map(({ host, reason, kept }): Note => {
    const message = `${reason}; ${kept === undefined ? "its instances are left out" : `its last address ${kept} stays`}`;
    return { code: "host-unresolved", subject: host, message };
  });
  const missing = missingIn(cycle).map(({ name, vhost }): Note => {
    const message = `the proxy has no backend ${name}, so its servers cannot be added; add it to the configuration`;
    return { code: "backend-missing", subject: vhost, message };
  });
  const apart = (fallback ?? { quarantined }).quarantined ?? [];
  return [
    ...(built?.notes ?? []),
    ...apart.map(quarantineNote),
    ...unresolved,
    ...(made?.notes ?? []),
    ...(running?.notes ?? []),
    ...missing,
  ];
}

function quarantineNote({ namespace, appId, serves, reason }: Quarantined): Note {
  const message = `${reason}; until it changes, ${serves} is served of it`;
  return { code: "app-quarantined", subject: appId, message, namespace };
}

/** Warns of what was not there in the cycle before. */
function tellNotes(log: Logger, notes: readonly Note[], told: ReadonlySet<string>): ReadonlySet<string> {
  if (notes.length === 0 && told.size === 0) return told;
  const keyed = new Map(notes.map((note) => [[note.namespace, note.code, note.subject, note.message].join(" "), note]));
  const fresh = [...keyed].filter(([key]) => !told.has(key));
  for (const [, note] of fresh.slice(0, notesPerCycle))
    log.warn(note.message, { code: note.code, namespace: note.namespace, app: note.subject });
  if (fresh.length > notesPerCycle)
    log.warn("more of the kind, see /v1/config", { count: fresh.length - notesPerCycle });
  return new Set(keyed.keys());
}

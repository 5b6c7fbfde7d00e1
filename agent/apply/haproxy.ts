import { type Clock, createWake } from "../clock.ts";
import type { ApplyReport, Plan, ProxyDriver, RenderedFile, RunningState, Step } from "../model.ts";
import { removeStaleCompanions, writeCompanions } from "./companion-files.ts";
import { checkOnly, deliver } from "./deliver.ts";
import { createDrains } from "./drains.ts";
import { createBackground } from "./haproxy-background.ts";
import { checkWithHaproxy } from "./haproxy-check.ts";
import { type Converse, type Say, type SendCommands, sendOver } from "./haproxy-cli.ts";
import type { MasterCli } from "./haproxy-master.ts";
import {
  askHaproxy,
  canChangeAtRuntime,
  isUnreachable,
  type Observed,
  runningBackends,
  tooOld,
} from "./haproxy-observe.ts";
import { askWorker, proveReload, type ReloadParts, reload } from "./haproxy-reload.ts";
import type { HaproxySettings } from "./haproxy-settings.ts";
import { parseInfo } from "./haproxy-state.ts";
import { createStepTaker } from "./haproxy-step-taker.ts";
import { createWarmUp } from "./haproxy-warm-up.ts";
import { findLowWeights } from "./haproxy-weights.ts";
import { createLock } from "./lock.ts";
import { observerAhead, type ProxyObserver } from "./proxy-observer.ts";
import type { ProxyService } from "./proxy-service.ts";
import type { RunCommand } from "./run-command.ts";
import { readInUse } from "./staged-files.ts";

/** The world as the driver touches it. */
export interface HaproxyParts {
  readonly settings: () => HaproxySettings;
  readonly run: RunCommand;
  /** The CLI at an address, see haproxy-cli. */
  readonly connect: (address: string) => Converse;
  /** The master CLI at a path. */
  readonly master: (path: string) => MasterCli;
  readonly clock: Clock;
  /** Starts the proxy where that is ours to do. */
  readonly service: ProxyService | undefined;
  readonly observer: ProxyObserver;
  /** Told when HAProxy has come, gone, or been replaced by another process. */
  readonly onChange: () => void;
}

/** HAProxy: servers come and go by its CLI; a reload is only for the rest. */
export function createHaproxyDriver(parts: HaproxyParts): ProxyDriver {
  const known = { observed: undefined as Observed | undefined, isFirst: true };
  const drains = createDrains();
  const wake = createWake(parts.clock);
  // What is sent for a drain must not cross with what is sent for a plan that wants the same server back.
  const exclusive = createLock();

  const sockets = () => socketsOf(parts);

  async function observe(signal: AbortSignal): Promise<RunningState> {
    const settings = parts.settings();
    const { send, master } = sockets();
    // HAProxy writes its answer while the file is read.
    const [observed, oldWorkers, { file, former }] = await Promise.all([
      send && ask(send, signal),
      master?.oldWorkers({ signal, timeoutMs: 2000 }).catch(() => undefined),
      readInUse(settings.configFile, { timeoutMs: settings.diskTimeoutMs }),
    ]);
    const unknown = {
      file,
      unproven: former !== undefined,
      startable: parts.service !== undefined,
      version: undefined,
      servedGeneration: undefined,
      oldWorkers: oldWorkers ?? 0,
      // One process is a generation.
      ...(oldWorkers !== undefined && { oldGenerations: oldWorkers }),
    };
    // Without any socket there is nobody to ask: it is taken to run.
    if (send === undefined) return { ...unknown, running: master === undefined || oldWorkers !== undefined };
    known.observed = observed;
    if (observed === undefined) return { ...unknown, running: false };
    resumeOnce(observed);
    const { version, description } = observed;
    const servedGeneration = generationIn(description);
    const answers = { ...unknown, running: true, version, servedGeneration };
    if (!canChangeAtRuntime(version)) return { ...answers, notes: [tooOld(version)] };
    return { ...answers, runtime: runningBackends(observed, drains.has) };
  }

  /** An agent that was killed may have left servers on their way up; later a low weight is somebody else's. */
  function resumeOnce({ stateText }: Observed): void {
    const { warmUpMs, serverPrefix } = parts.settings();
    if (!known.isFirst) return;
    known.isFirst = false;
    if (warmUpMs > 0) warmUp.resume(findLowWeights(stateText, serverPrefix));
  }

  /** A worker that is the same has the servers that it was given; it is asked, and told, on one connection. */
  async function moveAhead(batches: Iterable<readonly Step[]>, signal: AbortSignal): Promise<readonly Step[]> {
    const { observed } = known;
    if (observed === undefined || !canChangeAtRuntime(observed.version)) return [];
    const isSame = async (say: Say) => parseInfo((await say(["show info"]))[0]?.text ?? "").pid === observed.pid;
    const { taken } = await takeSteps(batches, { isSame, observer: observerAhead(parts.observer), signal });
    if (taken.length > 0) background.saveState();
    return taken;
  }

  /** Undefined if HAProxy does not run; throws if it runs but cannot be understood. */
  async function ask(send: SendCommands, signal: AbortSignal): Promise<Observed | undefined> {
    const { oneBackendPerCall, controlPlaneTimeoutMs: timeoutMs } = parts.settings();
    try {
      return await exclusive(() => askHaproxy(send, { oneBackendPerCall, signal, timeoutMs }));
    } catch (error) {
      if (isUnreachable(error)) return undefined;
      throw error;
    }
  }

  /** The files that the config refers to have to be there before HAProxy reads it. */
  function checker(
    { file, check }: Pick<Plan, "file" | "check">,
    signal: AbortSignal,
  ): (staged: string) => Promise<void> {
    const settings = parts.settings();
    return async (staged) => {
      await writeCompanions(file.path, file.text, { timeoutMs: settings.diskTimeoutMs });
      if (!settings.ignoreCheck && check === "needed")
        await checkWithHaproxy(parts.run, { settings, staged, file, signal });
    };
  }

  async function check(file: RenderedFile, signal: AbortSignal): Promise<void> {
    const { diskTimeoutMs, configFile } = parts.settings();
    const { file: inUse } = await readInUse(configFile, { timeoutMs: diskTimeoutMs });
    const texts = { keep: inUse === undefined ? [] : [inUse.text], stale: [file.text] };
    await checkOnly({ file, diskTimeoutMs, check: checker({ file, check: "needed" }, signal) }).finally(() =>
      removeStaleCompanions(file.path, texts, { timeoutMs: diskTimeoutMs }),
    );
  }

  async function apply(plan: Plan, signal: AbortSignal): Promise<ApplyReport> {
    const { file } = plan;
    const { diskTimeoutMs } = parts.settings();
    const { failed } =
      plan.steps.length > 0 ? await takeSteps([plan.steps], { observer: parts.observer, signal }) : { failed: [] };
    background.saveState();
    if (!plan.writes) return { generation: file.generation, proof: "runtime", tookMs: { check: 0, reload: 0 }, failed };
    const delivered = await deliver({
      file,
      clock: parts.clock,
      diskTimeoutMs,
      signal,
      check: checker(plan, signal),
      bringUp: (checkMs) => bringUp(plan, { checkMs, signal }),
    });
    await removeStaleCompanions(file.path, { keep: [file.text], stale: [] }, { timeoutMs: diskTimeoutMs });
    background.saveState();
    return { ...delivered, failed };
  }

  async function bringUp(plan: Plan, options: { readonly checkMs: number; readonly signal: AbortSignal }) {
    const { file } = plan;
    const { checkMs, signal } = options;
    if (plan.kind === "runtime") return "runtime";
    if (plan.kind === "write") return known.observed === undefined ? "not-running" : "runtime";
    const { send } = sockets();
    const before = send && (await askWorker(send, { signal, timeoutMs: 2000 }));
    if (plan.kind === "start") await parts.service?.start(file.path, signal);
    else {
      await background.saveStateNow(signal);
      await reload(sockets(), { settings: parts.settings(), signal });
    }
    const withinMs = Math.max(5000, 4 * checkMs + 1000);
    // What is started has no former worker, though it may have come up by itself since somebody looked.
    const former = plan.kind === "start" && file.carriesGeneration ? undefined : before?.pid;
    const proof = await proveReload(sockets(), { file, before: former, withinMs, signal });
    warmUp.repeat();
    return proof;
  }

  const shared = {
    ...parts,
    drains,
    exclusive,
    wake,
    talk: () => sockets().talk,
    send: () => sockets().send,
    observed: () => known.observed,
  };
  const background = createBackground(shared);
  const warmUp = createWarmUp({
    ...shared,
    warmUpMs: () => parts.settings().warmUpMs,
    timeoutMs: () => parts.settings().controlPlaneTimeoutMs,
    onFull: background.saveState,
  });
  const takeSteps = createStepTaker({ ...shared, warmUp });
  const run = async (signal: AbortSignal) => void (await Promise.all([background.run(signal), warmUp.run(signal)]));
  return { name: "haproxy", observe, moveAhead, check, apply, run };
}

/** The generation in HAProxy's description, beside whatever else a template says there. */
function generationIn(description: string): string | undefined {
  return /\b[0-9a-f]{16}\b/.exec(description)?.[0];
}

/** The sockets that are configured now. */
function socketsOf(parts: HaproxyParts): ReloadParts & { readonly talk: Converse | undefined } {
  const { socket, masterSocket } = parts.settings();
  const talk = socket === "" ? undefined : parts.connect(socket);
  return {
    talk,
    send: talk && sendOver(talk),
    master: masterSocket === "" ? undefined : parts.master(masterSocket),
    run: parts.run,
    clock: parts.clock,
  };
}

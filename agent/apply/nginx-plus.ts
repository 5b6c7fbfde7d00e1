import pMap from "p-map";
import { type Clock, createWake } from "../clock.ts";
import { DeadlineError, withDeadline } from "../deadline.ts";
import { AgentError, messageOf } from "../errors.ts";
import type { ApplyReport, Plan, ProxyDriver, RunningState, Step, StepFailure } from "../model.ts";
import { attend, watchMs } from "./attend.ts";
import { createDrains } from "./drains.ts";
import { createLock } from "./lock.ts";
import type { PlusAbout } from "./nginx-plus-answers.ts";
import { createPlusBook } from "./nginx-plus-book.ts";
import { callsAtOnce, type PlusClient } from "./nginx-plus-client.ts";
import { tendPlusDrains } from "./nginx-plus-drain.ts";
import { plusFailure } from "./nginx-plus-failure.ts";
import type { PlusSettings } from "./nginx-plus-settings.ts";
import { type PlusHands, runPlusSteps } from "./nginx-plus-steps.ts";
import { observerAhead, type ProxyObserver } from "./proxy-observer.ts";

/** The world as the driver touches it. */
export interface PlusParts {
  readonly settings: () => PlusSettings;
  /** Writes the configuration, and has nginx load it. */
  readonly nginx: ProxyDriver;
  readonly connect: (address: string) => PlusClient;
  readonly clock: Clock;
  readonly observer: ProxyObserver;
  /** Told when nginx has come, gone, or loaded another configuration. */
  readonly onChange: () => void;
}

/** NGINX Plus: servers come and go through its API; a reload is only for the rest. */
export function createPlusDriver(parts: PlusParts): ProxyDriver {
  const { nginx, clock, observer } = parts;
  const book = createPlusBook();
  const drains = createDrains();
  const wake = createWake(clock);
  const exclusive = createLock();
  /** Of the last look: empty if the API did not answer it, undefined before there was one. */
  const known = { isRunning: false, epoch: undefined as string | undefined };
  const told = { epoch: "" };
  const connection = createConnection(parts);

  /** Does `work` with the API alone, within the deadline of the control plane. */
  async function withApi<T>(signal: AbortSignal, work: (hands: PlusHands) => Promise<T>): Promise<T> {
    const { controlPlaneTimeoutMs: ms } = parts.settings();
    const client = connection.client();
    try {
      return await exclusive(() =>
        withDeadline({ clock, signal, ms }, (scope) => work({ client, book, called: observer.called, signal: scope })),
      );
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      throw plusFailure(parts.settings().api, `did not answer within ${ms / 1000} s; does nginx hang?`);
    }
  }

  /** Everything that a plan depends on: one list of all, and the parameters of what is new in it. */
  async function look({ client, called, signal }: PlusHands): Promise<PlusAbout> {
    const ask = () => Promise.all([client.about(signal), client.upstreams(signal)]);
    known.epoch = "";
    const [about, listing] = await ask().catch((error: unknown) => {
      called({ operation: "list", ok: false });
      throw error;
    });
    called({ operation: "list", ok: true });
    book.record(about.epoch, listing);
    known.epoch = about.epoch;
    const now = clock.monotonic();
    await pMap(
      book.dueForParameters(now),
      async (upstream) => {
        const answer = await client.servers(upstream, signal);
        called({ operation: "parameters", ok: answer.ok });
        if (answer.ok) book.learn(upstream, answer.value, now);
      },
      { concurrency: callsAtOnce },
    );
    return about;
  }

  /** What nginx has loaded since the last look begins with what it had then. */
  async function moveAhead(batches: Iterable<readonly Step[]>, signal: AbortSignal): Promise<readonly Step[]> {
    if (book.epoch === undefined) return [];
    const { epoch } = await withApi(signal, (hands) => hands.client.about(hands.signal));
    if (epoch !== book.epoch) return [];
    const steps = [...batches].flat();
    await takeSteps(steps, { signal, told: observerAhead(observer) });
    return steps;
  }

  async function observe(signal: AbortSignal): Promise<RunningState> {
    if (parts.settings().apiOnly) return await observeApi(signal);
    const [state, about] = await Promise.all([
      nginx.observe(signal),
      withApi(signal, look).catch((error: unknown) => asFailure(error, signal)),
    ]);
    known.isRunning = state.running;
    if (!state.running) return state;
    if (about instanceof AgentError) return { ...state, runtimeFailure: messageOf(about) };
    return { ...state, runtime: book.running(drains.has) };
  }

  /** There is no other sign of nginx: it runs if its API answers. */
  async function observeApi(signal: AbortSignal): Promise<RunningState> {
    const common = { startable: false, servedGeneration: undefined, file: undefined, unproven: false, oldWorkers: 0 };
    const about = await withApi(signal, look).catch((error: unknown) => asFailure(error, signal));
    if (!(about instanceof AgentError))
      return { ...common, running: true, version: about.version, runtime: book.running(drains.has) };
    if (!isUnreachable(about)) throw about;
    return { ...common, running: false, version: undefined };
  }

  async function apply(plan: Plan, signal: AbortSignal): Promise<ApplyReport> {
    const { kind, steps } = plan;
    const isLater = (step: Step) => kind === "reload" && book.upstreamOf(step.backend) === undefined;
    const later = steps.filter(isLater);
    const now = steps.filter((step) => !isLater(step));
    const failed = await takeSteps(now, { signal });
    const { generation } = plan.file;
    if (!plan.writes) return { generation, proof: "runtime", tookMs: { check: 0, reload: 0 }, failed };
    const report = await nginx.apply({ ...plan, kind: kind === "runtime" ? "write" : kind, steps: [] }, signal);
    if (kind === "runtime" || kind === "write")
      return { ...report, proof: known.isRunning ? "runtime" : "not-running", failed };
    if (report.proof === "not-running") return report;
    const afterwards = await finishReload(later, signal);
    return { ...report, failed: [...failed, ...afterwards] };
  }

  /** Upstreams that a reload brought have no servers yet; and what changed in the middle of it may be lost. */
  async function finishReload(later: readonly Step[], signal: AbortSignal): Promise<readonly StepFailure[]> {
    try {
      await withApi(signal, look);
      return await takeSteps(later, { signal });
    } catch (error) {
      signal.throwIfAborted();
      return later.map((step) => ({ step, message: messageOf(error) }));
    } finally {
      parts.onChange();
    }
  }

  /** Each server by itself: those that nginx refuses are reported, those that are busy go on leaving. */
  async function takeSteps(
    steps: readonly Step[],
    options: { readonly signal: AbortSignal; readonly told?: Pick<ProxyObserver, "called" | "updated"> },
  ): Promise<readonly StepFailure[]> {
    const { signal, told: { called, updated } = observer } = options;
    if (steps.length === 0) return [];
    const { drainMs } = parts.settings();
    const begun = clock.monotonic();
    for (const { backend, server } of steps) drains.cancel(backend, server.name);
    const update = (ok: boolean) => ({ ok, ms: clock.monotonic() - begun });
    try {
      const { failed, leaving } = await withApi(signal, (hands) => runPlusSteps(steps, { ...hands, called, drainMs }));
      for (const removal of leaving) drains.begin(removal, { now: clock.monotonic(), elapsedMs: 0, drainMs });
      updated(update(failed.length === 0));
      if (leaving.length > 0) wake.ring();
      return failed;
    } catch (error) {
      observer.updated(update(false));
      throw error;
    }
  }

  async function tend(signal: AbortSignal): Promise<void> {
    const now = clock.monotonic();
    for (const drained of await withApi(signal, (hands) => tendPlusDrains(drains, { ...hands, now })))
      observer.drained(drained);
  }

  /** A change is told once. */
  async function watch(signal: AbortSignal): Promise<void> {
    if (known.epoch === undefined) return;
    const client = connection.client();
    const ask = withDeadline({ clock, signal, ms: watchMs }, (scope) => client.about(scope));
    const epoch = await ask.then(
      (about) => about.epoch,
      () => "",
    );
    if (signal.aborted) return;
    if (epoch !== known.epoch && epoch !== told.epoch) parts.onChange();
    told.epoch = epoch;
  }

  async function run(signal: AbortSignal): Promise<void> {
    await Promise.all([nginx.run(signal), attend({ drains, wake, observer, tend, watch }, signal)]);
    await connection.close();
  }

  return { name: "nginx-plus", observe, moveAhead, check: nginx.check, apply, run };
}

/** One client, for as long as the address is the same. */
function createConnection({ settings, connect }: PlusParts) {
  const open: { address: string; client: PlusClient | undefined } = { address: "", client: undefined };
  return {
    client(): PlusClient {
      const { api } = settings();
      if (open.client !== undefined && open.address === api) return open.client;
      void open.client?.close();
      const client = connect(api);
      Object.assign(open, { address: api, client });
      return client;
    },
    close: async () => await open.client?.close(),
  };
}

/** A failure of the API is a state of the proxy; anything else is not. */
function asFailure(error: unknown, signal: AbortSignal): AgentError {
  signal.throwIfAborted();
  if (error instanceof AgentError && error.code === "proxy-api-failed") return error;
  throw error;
}

/** Nobody listens there. */
function isUnreachable({ cause }: AgentError): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED";
}

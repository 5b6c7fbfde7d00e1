import { messageOf } from "../../agent/errors.ts";
import type { Owner } from "../real/harness.ts";
import type { Outcome } from "./ledger.ts";
import { createRandom } from "./random.ts";
import { type Sample, sampleOf } from "./samples.ts";
import { allSteps } from "./steps/all.ts";
import { populate } from "./steps/apps.ts";
import { startTraffic } from "./traffic.ts";
import { openWorld, type Subject, type World } from "./world.ts";

export interface RunOptions {
  readonly seed: number;
  /** Ends after the step that is under way then. */
  readonly minutes: number;
  /** Ends after this step as well. Default: none. */
  readonly steps?: number;
  /** A regular expression: only kinds of steps that match it. Default: all. */
  readonly only?: string;
  readonly subject: Subject;
  readonly isAgentSpared: boolean;
  readonly perSecond: number;
  /** Ends it after the step that is under way, with a report. */
  readonly signal?: AbortSignal;
  readonly say: (line: string) => void;
}

/** One thing that went wrong. */
export interface Failure {
  readonly step: number;
  readonly kind: string;
  readonly what: string;
}

/** What one world has gone through. */
export interface WorldReport {
  readonly proxy: string;
  readonly isAgentSpared: boolean;
  readonly seed: number;
  readonly minutes: number;
  /** How often each kind of step was taken. */
  readonly steps: Readonly<Record<string, number>>;
  /** Kinds of steps that this machine does not allow. */
  readonly leftOut: readonly string[];
  readonly requests: number;
  readonly served: number;
  readonly excused: Readonly<Record<string, number>>;
  /** Requests that the proxy could have served. */
  readonly failed: number;
  readonly wrongRoutes: number;
  /** Steps after which something was not as it should be. */
  readonly outOfStep: number;
  /** In words; of requests only the first few of a step. */
  readonly failures: readonly Failure[];
  /** Of all steps, ms from the end of the step until all was in step. */
  readonly convergenceMs: { readonly median: number; readonly most: number };
  readonly agents: number;
  readonly samples: readonly Sample[];
}

/** What a run gives up after: the rest would only say the same. */
const mostOutOfStep = 3;
const sampleEveryMs = 5000;

/** Runs one world from its beginning to its end. */
export async function runWorld(owner: Owner, options: RunOptions): Promise<WorldReport> {
  const { seed, say, subject, isAgentSpared } = options;
  const random = createRandom(seed);
  const world = await openWorld(owner, subject);
  const tally = createTally();
  const begun = world.now();
  const minute = () => (world.now() - begun) / 60_000;
  const traffic = startTraffic({
    port: world.gateway.ports.proxy,
    perSecond: options.perSecond,
    keepAlive: world.proxy.keepsConnections,
    random: createRandom(seed ^ 0x5eed),
    now: world.now,
    onOutcome: (outcome) => tally.count(outcome, world.ledger.judge(outcome)),
  });
  const sampler = setInterval(() => void takeSample(), sampleEveryMs);
  const takeSample = async () => {
    const sample = await sampleOf(world.gateway.agent().pid, minute());
    if (sample !== undefined) tally.samples.push(sample);
  };
  const wanted = new RegExp(options.only ?? "");
  const steps = allSteps({ isAgentSpared }).filter((one) => wanted.test(one.kind));
  const possible = () => steps.filter((one) => one.isPossible?.(world) ?? true);
  const step = async (kind: string, act: () => Promise<string>) => {
    tally.begin(kind);
    const { done, error } = await act().then(
      (text) => ({ done: text, error: undefined }),
      (cause: unknown) => ({ done: "", error: messageOf(cause) }),
    );
    const tookMs = error === undefined ? await world.inStep().catch((cause: unknown) => messageOf(cause)) : error;
    if (typeof tookMs === "string") {
      tally.outOfStep(tookMs);
      // What comes next is to tell of itself, not of this.
      if (world.gateway.agent().hasEnded()) world.gateway.startAgent();
    } else {
      tally.converged(tookMs);
      await world.settle();
    }
    traffic.aim(world.fleet.vhosts().filter((vhost) => world.fleet.of(vhost).length > 0));
    const at = `${minute().toFixed(1).padStart(5)} min  #${tally.step()}`;
    say(`${at}  ${kind}: ${done}  (${typeof tookMs === "number" ? `${Math.round(tookMs)} ms` : `FAILED: ${tookMs}`})`);
    for (const one of tally.unsaid()) say(`       ${one}`);
  };
  await step("start", async () => {
    await populate(world, random.fork());
    return `${world.proxy.name}, seed ${seed}`;
  });
  while (
    !options.signal?.aborted &&
    minute() < options.minutes &&
    tally.step() < (options.steps ?? Number.POSITIVE_INFINITY)
  ) {
    if (tally.outOfSteps() >= mostOutOfStep) break;
    const next = random.weighted(possible());
    await step(next.kind, () => next.run(world, random.fork()));
  }
  clearInterval(sampler);
  await traffic.stop();
  if (tally.hasFailed()) await sayLog(world, say);
  return {
    ...tally.report(),
    proxy: world.proxy.name,
    isAgentSpared,
    seed,
    minutes: minute(),
    leftOut: [
      ...(world.disk.isOwn ? [] : ["disk: no file system may be mounted here"]),
      ...(world.names.isOwn ? [] : ["names: an agent cannot have its own /etc/hosts here"]),
    ],
  };
}

/** The end of what the agent and the proxy said, for whoever has to find out. */
async function sayLog({ gateway, proxy }: World, say: (line: string) => void): Promise<void> {
  for (const line of gateway.agent().output().split("\n").slice(-60)) say(`agent: ${line}`);
  for (const line of (await proxy.said()).split("\n").slice(-60)) say(`proxy: ${line}`);
}

function createTally() {
  const state = { step: -1, kind: "", requests: 0, served: 0, failed: 0, wrongRoutes: 0, outOfStep: 0, said: 0 };
  const steps = new Map<string, number>();
  const excused = new Map<string, number>();
  const failures: Failure[] = [];
  const convergence: number[] = [];
  const samples: Sample[] = [];
  const more = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
  const fail = (what: string) => {
    const ofStep = failures.filter((one) => one.step === state.step).length;
    if (ofStep < 10) failures.push({ step: state.step, kind: state.kind, what });
  };
  return {
    samples,
    step: () => state.step,
    begin(kind: string) {
      state.step += 1;
      state.kind = kind;
      more(steps, kind);
    },
    converged: (ms: number) => void convergence.push(ms),
    outOfStep(what: string) {
      state.outOfStep += 1;
      fail(what);
    },
    outOfSteps: () => state.outOfStep,
    hasFailed: () => failures.length > 0,
    count(outcome: Outcome, verdict: ReturnType<World["ledger"]["judge"]>) {
      state.requests += 1;
      if (verdict.kind === "served") state.served += 1;
      else if (verdict.kind === "excused") more(excused, verdict.why);
      else {
        if (verdict.kind === "failed") state.failed += 1;
        else state.wrongRoutes += 1;
        const { manner, method, vhost, sentAt, endedAt } = outcome;
        const took = `after ${Math.round(endedAt - sentAt)} ms`;
        fail(`${verdict.kind}: ${method} ${vhost} on a ${manner} connection: ${verdict.why}, ${took}`);
      }
    },
    /** Failures that were not told yet. */
    unsaid() {
      const from = state.said;
      state.said = failures.length;
      return failures.slice(from).map((one) => one.what);
    },
    report() {
      const sorted = [...convergence].sort((a, b) => a - b);
      return {
        steps: Object.fromEntries([...steps].sort()),
        requests: state.requests,
        served: state.served,
        excused: Object.fromEntries(excused),
        failed: state.failed,
        wrongRoutes: state.wrongRoutes,
        outOfStep: state.outOfStep,
        failures,
        convergenceMs: {
          median: Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0),
          most: Math.round(sorted.at(-1) ?? 0),
        },
        agents: new Set(samples.map((one) => one.pid)).size,
        samples,
      };
    },
  };
}

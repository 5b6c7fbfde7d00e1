import type { Clock } from "../clock.ts";
import { createWake } from "../clock.ts";
import type { ApplyReport, Plan, ProxyDriver, RunningBackends, RunningState, Step, StepFailure } from "../model.ts";
import { dnsNameOf, learnedForm, type Seed, seedMark, seedsOf, twinOf, upstreamOf } from "../seeds.ts";
import { serverName } from "../serving.ts";
import { createLock } from "./lock.ts";
import { movedBy, showsAll, withItsMembers } from "./nginx-dns-members.ts";
import { failureOf, notPossible, obstacleOf } from "./nginx-dns-obstacles.ts";
import { createWarmth } from "./nginx-dns-warmth.ts";
import { createFullZone } from "./nginx-full-zone.ts";
import { errorLogOf } from "./nginx-process.ts";

/** Who answers nginx. See dns/responder. */
export interface MemberResponder {
  listen(address: Address): Promise<string | undefined>;
  tell(zone: ReadonlyMap<string, readonly Seed[]>): void;
  asked(name: string): number;
  /** From here on `asked` counts anew. */
  forget(): void;
  close(): Promise<void>;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** What the driver has to know of the configuration. */
export interface DnsSettings {
  /** `insisted`: the operator wants nothing else, and is told why it cannot be. */
  readonly use: "never" | "if-possible" | "insisted";
  readonly address: Address;
  /** Where the template answers for vhosts without instances. */
  readonly unavailable: Address;
  /** Why nginx cannot be one that asks us, if that is known from the configuration. */
  readonly obstacle: string | undefined;
  /** How long a new member takes to its full weight; 0: it has it at once. */
  readonly warmUpMs: number;
}

/** The world as the driver touches it. */
export interface NginxDnsParts {
  readonly settings: () => DnsSettings;
  /** Writes the configuration, and has nginx load it. */
  readonly nginx: ProxyDriver;
  readonly responder: MemberResponder;
  readonly clock: Clock;
  /** Told when nginx has learned its servers. */
  readonly onChange: () => void;
}

type Zone = ReadonlyMap<string, readonly Seed[]>;

/** nginx asks for each upstream a second after the last answer, later if it is busy. */
const askedWithinMs = 5000;
const pollMs = 10;
/** The second question comes after all addresses of the first answer are known. */
const learnedAfter = 2;
/** Workers of before may ask for a while as well; by then the new ones have asked so often themselves. */
const learnedAfterMs = 2200;

/**
 * nginx that is told its servers by DNS: they come and go without a reload. What is answered is what the file on disk says,
 * so that there is one truth, also for an nginx or an agent that starts anew. Two forms of the file, see seeds.ts:
 * an nginx that starts runs the one with seeds; once it has learned its servers it reloads the one without.
 */
export function createNginxDnsDriver(parts: NginxDnsParts): ProxyDriver {
  const { nginx, responder, clock } = parts;
  const wake = createWake(clock);
  const known = nothingKnown();
  const warmth = createWarmth();
  const fullZone = createFullZone();
  // Whoever looks remembers what he saw, and tells it: an operator's look must not come between the steps of a change.
  const exclusive = createLock();

  /** What the file says, with the steps that went ahead of it. */
  function zoneOf(text: string): Zone {
    return known.text === text ? known.zone : seedsOf(text);
  }

  function tell(zone: Zone, text: string): void {
    Object.assign(known, { zone, text });
    const { warmUpMs } = parts.settings();
    responder.tell(warmth.weigh(zone, { now: clock.monotonic(), warmUpMs }));
  }

  async function observe(signal: AbortSignal): Promise<RunningState> {
    signal.throwIfAborted();
    const { use, address, obstacle } = parts.settings();
    const listening = async () => (use === "never" ? undefined : (obstacle ?? (await responder.listen(address))));
    const [failure, state] = await Promise.all([listening(), nginx.observe(signal)]);
    if (use === "never") return state;
    const dnsFailure = failure ?? failureOf(state);
    const text = state.file?.text ?? "";
    // Without seeds for a name, as where an agent was killed between the two forms, nginx is to keep what it has.
    const zone = zoneOf(text);
    const obstacles = [dnsFailure ?? obstacleOf(text, { ...state, asks: zone.size > 0 })];
    const notes = use === "insisted" ? obstacles.filter((one) => one !== undefined).map(notPossible) : [];
    const full = zone.size > 0 ? await fullZone.look(errorLogOf(text)) : [];
    const told = {
      ...state,
      ...(dnsFailure !== undefined && { dnsFailure }),
      notes: [...(state.notes ?? []), ...notes, ...full],
    };
    tell(zone, text);
    const form = zone.size > 0 && state.running ? formOf(text, state.servedGeneration) : undefined;
    remember(form, [...zone.keys()]);
    if (form === undefined || state.servedGeneration === undefined) return told;
    // Its file has all of them: what nginx is asked to load now is right whether it asks or not.
    if (known.overdue) return { ...told, unproven: true };
    const runtime = runningOf(zone);
    if (form === "learned") return { ...told, servedGeneration: twinOf(state.servedGeneration), runtime };
    return hasLearned() && dnsFailure === undefined ? { ...told, runtime: { ...runtime, isLearned: true } } : told;
  }

  function remember(form: typeof known.form, names: readonly string[]): void {
    if (form === "seeded" && known.form !== "seeded") {
      responder.forget();
      known.since = clock.monotonic();
    }
    Object.assign(known, { form, learning: form === "seeded" ? names : [] });
    if (!hasLearned()) known.isTold = false;
    if (isLearning()) wake.ring();
  }

  function isLearning(): boolean {
    return known.learning.length > 0 && !known.isTold;
  }

  function hasLearned(): boolean {
    const isOld = clock.monotonic() - known.since >= learnedAfterMs;
    return isOld && known.learning.every((name) => responder.asked(name) >= learnedAfter);
  }

  /**
   * What it has is what it was told: only so can a step be told before anybody has looked. The file, and the proof that
   * nginx has asked, come with the plan of the whole cycle.
   */
  async function moveAhead(batches: Iterable<readonly Step[]>): Promise<readonly Step[]> {
    const isKnown = known.form === "learned" && known.agrees && !known.overdue;
    const { use, unavailable } = parts.settings();
    if (!isKnown || use === "never") return [];
    const steps = [...batches].flat();
    const zone = movedBy(known.zone, steps, unavailable);
    warmth.added(steps, { zone, now: clock.monotonic() });
    tell(zone, known.text);
    return steps;
  }

  function runningOf(seeds: Zone): RunningBackends {
    const { host, port } = parts.settings().unavailable;
    const servers = [...seeds].flatMap(([name, all]) =>
      all
        .filter((seed) => seed.address !== host || seed.port !== port)
        .map((seed) => ({
          backend: upstreamOf(name),
          name: serverName(seed.address, seed.port),
          address: seed.address,
          port: seed.port,
          state: "serving" as const,
        })),
    );
    return { names: new Set([...seeds.keys()].map(upstreamOf)), servers, outliveReloads: true, isPartial: true };
  }

  async function apply(plan: Plan, signal: AbortSignal): Promise<ApplyReport> {
    const { file, kind } = plan;
    if (kind === "runtime") return await applyMembers(withItsMembers(plan, parts.settings().unavailable), signal);
    const zone = seedsOf(file.text);
    if (zone.size === 0 || parts.settings().use === "never") return await nginx.apply(plan, signal);
    tell(zone, file.text);
    if (kind === "write") return await nginx.apply(plan, signal);
    await fullZone.forget(errorLogOf(file.text));
    if (kind === "reload" && !known.overdue && (known.form === "learned" || isLearnedPlan(plan))) {
      const form = learnedForm(file.text, file.generation);
      const report = await nginx.apply({ ...plan, file: { ...file, ...form } }, signal);
      remember("learned", []);
      known.agrees = showsAll(zone, plan.steps);
      await write(plan, signal);
      return { ...report, generation: file.generation };
    }
    const report = await nginx.apply(plan, signal);
    known.overdue = false;
    known.form = undefined;
    remember("seeded", [...zone.keys()]);
    return report;
  }

  function isLearnedPlan({ reasons }: Plan): boolean {
    return known.form === "seeded" && hasLearned() && reasons.some((one) => one.code === "servers-learned");
  }

  /** The file first: a disk that takes nothing must not have nginx told one thing now, and another in the next turn. */
  async function applyMembers(plan: Plan, signal: AbortSignal): Promise<ApplyReport> {
    const begun = clock.monotonic();
    if (plan.writes) await write(plan, signal);
    const zone = seedsOf(plan.file.text);
    const steps = [...(plan.taken ?? []), ...plan.steps];
    warmth.added(plan.steps, { zone, now: clock.monotonic() });
    tell(zone, plan.file.text);
    const changed = new Set(steps.map((step) => dnsNameOf(step.backend)));
    const waited = [...zone.keys()].filter((name) => changed.has(name));
    const late = await lateAmong(waited, signal);
    const failed = steps.flatMap((step): readonly StepFailure[] => {
      if (!late.has(dnsNameOf(step.backend) ?? "")) return [];
      return [{ step, message: `nginx has not asked for its servers within ${askedWithinMs / 1000} s` }];
    });
    Object.assign(known, { overdue: failed.length > 0, agrees: showsAll(zone, steps) });
    if (warmth.isOn()) wake.ring();
    const tookMs = { check: 0, reload: Math.round(clock.monotonic() - begun) };
    return { generation: plan.file.generation, proof: "runtime", tookMs, failed };
  }

  async function lateAmong(names: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const end = clock.monotonic() + askedWithinMs;
    let late = names;
    while (late.length > 0 && clock.monotonic() < end) {
      signal.throwIfAborted();
      await clock.sleep(pollMs, signal);
      late = late.filter((name) => responder.asked(name) === 0);
    }
    return new Set(late);
  }

  /** Nothing in it that nginx does not know: seeds are addresses. */
  async function write(plan: Plan, signal: AbortSignal): Promise<void> {
    await nginx.apply({ ...plan, kind: "write", steps: [], check: "implied" }, signal);
  }

  /** Tells once that nginx has learned its servers, and has new ones warm up. */
  async function run(signal: AbortSignal): Promise<void> {
    const own = async () => {
      while (!signal.aborted) {
        if (warmth.isOn()) tell(known.zone, known.text);
        if (isLearning() && hasLearned()) {
          known.isTold = true;
          parts.onChange();
        }
        if (isLearning() || warmth.isOn()) await clock.sleep(10 * pollMs, signal);
        else await wake.wait(signal);
      }
      await responder.close();
    };
    await Promise.all([nginx.run(signal), own()]);
  }

  return {
    name: nginx.name,
    observe: (signal) => exclusive(() => observe(signal)),
    moveAhead: (batches) => exclusive(() => moveAhead(batches)),
    check: nginx.check,
    apply: (plan, signal) => exclusive(() => apply(plan, signal)),
    run,
  };
}

/** What the driver remembers from one look to the next. */
function nothingKnown() {
  return {
    /** What nginx runs, as far as it is known. */
    form: undefined as "seeded" | "learned" | undefined,
    /** Since when it runs the seeded form, by the clock. */
    since: 0,
    /** Names of the seeded form that it has not learned yet. */
    learning: [] as readonly string[],
    /** That it has learned them was told: what follows from it may have to wait. */
    isTold: false,
    /** The file has had all members that it should: none that the template leaves out may be told ahead of it. */
    agrees: false,
    /** nginx did not ask in time: what it has may be old. */
    overdue: false,
    /** What nginx is told: what this text says, with the steps that went ahead of it. */
    zone: new Map() as Zone,
    text: "",
  };
}

/** What the text on disk and the generation in force say together. */
function formOf(text: string, served: string | undefined): "seeded" | "learned" | undefined {
  if (served === undefined) return undefined;
  if (text.includes(twinOf(served))) return "learned";
  return text.includes(served) && text.includes(seedMark) ? "seeded" : undefined;
}

import * as v from "valibot";
import { type AgentParts, type Cycle, type Inputs, run } from "../../../agent/agent.ts";
import { createWake } from "../../../agent/clock.ts";
import { configSchema } from "../../../agent/config/schema.ts";
import type { Resolution } from "../../../agent/dns/resolver.ts";
import type { Held } from "../../../agent/hold.ts";
import type { ApplyReport, NamespaceSnapshot, Plan, RenderedFile, RunningState } from "../../../agent/model.ts";
import type { KeptForm } from "../../../agent/quarantine/kept-form.ts";
import { createQuarantine } from "../../../agent/quarantine/quarantine.ts";
import type { TemplateData } from "../../../agent/render/template-data.ts";
import { type FakeClock, fakeClock, until } from "./fake-clock.ts";

/** What a loop works with, as tests change it. Every field is looked at anew in every cycle. */
export interface World {
  snapshots: readonly NamespaceSnapshot[];
  inputs: Inputs | undefined;
  running: boolean;
  startable: boolean;
  version: string;
  held: Held | undefined;
  /** Addresses of host names; changing it changes the fingerprint. */
  addresses: Readonly<Record<string, string>>;
  /** Thrown by the stage of that name. */
  fails: Partial<Record<"resolve" | "observe" | "render" | "apply", Error>>;
  /** Why the proxy refuses a file, if it does; asked at a check and before apply. */
  refuses: (text: string) => Error | undefined;
  /** Awaited by apply. */
  applying: Promise<void> | undefined;
  /** The file on disk, which the proxy serves. */
  file: RenderedFile | undefined;
  /** Earlier generations whose workers still finish requests. */
  oldGenerations: number;
  /** What the quarantine remembers at the start, and what it says to keep. */
  kept: readonly KeptForm[];
}

/** A loop whose stages count. */
export interface Loop {
  readonly world: World;
  readonly clock: FakeClock;
  readonly cycles: readonly Cycle[];
  readonly applied: readonly Plan[];
  readonly resolved: readonly (readonly string[])[];
  readonly counts: { observed: number; rendered: number; settled: number; checked: number };
  readonly ring: () => void;
  readonly stop: () => void;
  /** Returns when the loop has ended. */
  readonly done: Promise<void>;
  /** Returns when the loop waits for the next wake-up, after at least this many cycles. */
  readonly idle: (cycles: number) => Promise<void>;
}

export function snapshotOf(vhosts: readonly string[], changes: Partial<NamespaceSnapshot> = {}): NamespaceSnapshot {
  const hosts = [{ host: "10.0.0.1", port: 80, portType: "HTTP" }];
  const apps = vhosts.map((vhost) => ({ appName: vhost, appId: `${vhost}-1`, vhost, tags: {}, hosts }));
  return { namespace: "a", apps, leader: undefined, fetchedAt: 1000, source: "controller", notes: [], ...changes };
}

/** Inputs whose template prints the names of all vhosts. */
export function inputsOf(changes: Partial<Inputs> = {}, namespace: Readonly<Record<string, unknown>> = {}): Inputs {
  const config = v.parse(configSchema, { namespaces: [{ name: "a", drove: ["http://d.test"], ...namespace }] });
  const print = (data: TemplateData) =>
    `${data.Generation} ${data.Vhosts.map((one) => `${one.Vhost}=${one.Hosts[0]?.Address}`).join(" ")}`;
  const template = { engine: "eta", path: "/t/main.eta", render: print } as const;
  return { config, configId: "c1", configFile: "/etc/x.conf", template, templateId: "t1", ...changes };
}

/** Starts a loop over stubs. The proxy runs and takes every file, until the world is changed; or it is `driver`'s. */
export function startLoop(changes: Partial<World> = {}, driver?: AgentParts["driver"]): Loop {
  const clock = fakeClock();
  const wake = createWake(clock);
  const stop = new AbortController();
  const world: World = {
    snapshots: [snapshotOf(["a.test"])],
    inputs: inputsOf(),
    running: true,
    startable: false,
    version: "1.30.6",
    held: undefined,
    addresses: {},
    fails: {},
    refuses: () => undefined,
    applying: undefined,
    file: undefined,
    oldGenerations: 0,
    kept: [],
    ...changes,
  };
  const cycles: Cycle[] = [];
  const applied: Plan[] = [];
  const resolved: (readonly string[])[] = [];
  const counts = { observed: 0, rendered: 0, settled: 0, checked: 0 };
  const record = { world, applied, resolved, counts };
  const done = run(
    {
      clock,
      wake,
      inputs: () => counting(world, counts),
      snapshots: () => world.snapshots,
      settled: async () => {
        counts.settled += 1;
      },
      quarantine: createQuarantine(clock, {
        remembered: world.kept,
        onKept: (forms) => {
          world.kept = forms;
        },
      }),
      resolver: { resolve: async (hosts) => resolve(record, hosts), run: async () => undefined },
      driver: driver ?? driverOf(record),
      world: { environment: {}, timeZone: "UTC", ipv6: false },
      hash: (text) => `hash of ${text}`,
      held: () => world.held,
      onCycle: (cycle) => cycles.push(cycle),
    },
    stop.signal,
  );
  const idle = (count: number) => until(() => cycles.length >= count && clock.sleeping().length > 0);
  return { ...record, clock, cycles, ring: wake.ring, stop: () => stop.abort(), done, idle };
}

interface Recording {
  readonly world: World;
  readonly applied: Plan[];
  readonly resolved: (readonly string[])[];
  readonly counts: { observed: number; rendered: number; checked: number };
}

const wrapped = new WeakMap<Inputs, Inputs>();

/** The inputs with a template that counts; the same inputs give the same template. */
function counting(world: World, counts: { rendered: number }): Inputs | undefined {
  const { inputs } = world;
  if (inputs === undefined) return undefined;
  const known = wrapped.get(inputs);
  if (known !== undefined) return known;
  const render: Inputs["template"]["render"] = (data, templateWorld) => {
    counts.rendered += 1;
    if (world.fails.render !== undefined) throw world.fails.render;
    return inputs.template.render(data, templateWorld);
  };
  const made = { ...inputs, template: { ...inputs.template, render } };
  wrapped.set(inputs, made);
  return made;
}

function resolve({ world, resolved }: Recording, hosts: readonly string[]): Resolution {
  resolved.push(hosts);
  if (world.fails.resolve !== undefined) throw world.fails.resolve;
  const addresses = { get: (host: string) => world.addresses[host] ?? host };
  return { addresses, fingerprint: JSON.stringify(world.addresses), unresolved: [] };
}

function driverOf({ world, applied, counts }: Recording): AgentParts["driver"] {
  const observe = async (): Promise<RunningState> => {
    counts.observed += 1;
    if (world.fails.observe !== undefined) throw world.fails.observe;
    const { running, startable, version, file, oldGenerations } = world;
    const old = { oldWorkers: 2 * oldGenerations, oldGenerations };
    return { running, startable, version, servedGeneration: file?.generation, file, unproven: false, ...old };
  };
  const apply = async (plan: Plan): Promise<ApplyReport> => {
    applied.push(plan);
    await world.applying;
    judge(world, plan.file);
    world.file = plan.file;
    world.running ||= plan.kind === "start";
    return { generation: plan.file.generation, proof: "generation", tookMs: { check: 1, reload: 2 }, failed: [] };
  };
  const check = async (file: RenderedFile) => {
    counts.checked += 1;
    judge(world, file);
  };
  return { name: "stub", observe, apply, check, run: async () => undefined };
}

function judge(world: World, file: RenderedFile): void {
  const error = world.fails.apply ?? world.refuses(file.text);
  if (error !== undefined) throw error;
}

/** Runs a loop until it waits for the first time, then the test, then stops it. */
export async function withLoop(
  changes: Partial<World>,
  use: (loop: Loop) => Promise<void>,
  driver?: AgentParts["driver"],
): Promise<void> {
  const loop = startLoop(changes, driver);
  try {
    await loop.idle(1);
    await use(loop);
  } finally {
    loop.stop();
    await loop.done;
  }
}

/** Rings, and returns when the cycle after it is over. */
export async function turn(loop: Loop): Promise<void> {
  const before = loop.cycles.length;
  loop.ring();
  await loop.idle(before + 1);
}

/** The plans that were applied, as kind and reasons. */
export function reasonsOf(loop: Loop): readonly string[] {
  return loop.applied.map((plan) => `${plan.kind} ${plan.reasons.map((one) => one.code).join(" ")}`);
}

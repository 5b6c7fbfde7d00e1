import type { Fault } from "../../fake/faults.ts";
import type { Random } from "../random.ts";
import { pause, type Step } from "../step.ts";
import type { World } from "../world.ts";
import { changeSomething } from "./apps.ts";

/** Controllers die, hang, lie, split, change leader. Meanwhile the cluster goes on changing. */
export const controllerSteps: readonly Step[] = [
  { kind: "controllers: the leader dies, another takes over", weight: 3, run: leaderDies },
  { kind: "controllers: all die", weight: 2, run: allDie },
  { kind: "controllers: another leads", weight: 3, run: anotherLeads },
  { kind: "controllers: two lead", weight: 2, run: twoLead },
  { kind: "controllers: nobody leads", weight: 2, run: nobodyLeads },
  { kind: "controllers: a clock jumps", weight: 2, run: clockJumps },
  { kind: "controllers: connections are cut", weight: 2, run: connectionsCut },
  {
    kind: "controllers: the leader is faulty",
    weight: 6,
    run: (world, random) => faulty(world, { random, who: "leader" }),
  },
  { kind: "controllers: all are faulty", weight: 3, run: (world, random) => faulty(world, { random, who: "all" }) },
];

function leaderOf({ gateway }: World): number {
  return Math.max(
    0,
    gateway.cluster.controllers.findIndex((one) => one.leading),
  );
}

function otherThan(index: number, random: Random): number {
  return (index + random.between(1, 2)) % 3;
}

async function leaderDies(world: World, random: Random): Promise<string> {
  const { cluster } = world.gateway;
  const old = leaderOf(world);
  const next = otherThan(old, random);
  await cluster.controller(old).stop();
  await pause(random, [0, 2000]);
  cluster.electLeader(next, random.chance(0.5) ? "announced" : "silent");
  const change = await changeSomething(world, random);
  await pause(random, [0, 1500]);
  await cluster.controller(old).start();
  return `${old} dies, ${next} leads; ${change}`;
}

async function allDie(world: World, random: Random): Promise<string> {
  const { cluster } = world.gateway;
  await Promise.all(cluster.controllers.map((one) => one.stop()));
  const change = await changeSomething(world, random);
  await pause(random, [500, 4000]);
  await Promise.all(cluster.controllers.map((one) => one.start()));
  const next = random.int(3);
  cluster.electLeader(next);
  return `${next} leads after it; ${change}`;
}

async function anotherLeads(world: World, random: Random): Promise<string> {
  const next = otherThan(leaderOf(world), random);
  world.gateway.cluster.electLeader(next, random.chance(0.5) ? "announced" : "silent");
  return `${next}; ${await changeSomething(world, random)}`;
}

async function twoLead(world: World, random: Random): Promise<string> {
  const old = leaderOf(world);
  const next = otherThan(old, random);
  world.gateway.cluster.electLeaders([old, next]);
  const change = await changeSomething(world, random);
  await pause(random, [200, 2000]);
  world.gateway.cluster.electLeader(next);
  return `${old} and ${next}; ${change}`;
}

async function nobodyLeads(world: World, random: Random): Promise<string> {
  world.gateway.cluster.electLeaders([]);
  const change = await changeSomething(world, random);
  await pause(random, [200, 3000]);
  const next = random.int(3);
  world.gateway.cluster.electLeader(next, "announced");
  return `until ${next} does; ${change}`;
}

/** Another leader whose clock is ahead or behind: an event may be older than what the agent asks about. */
async function clockJumps(world: World, random: Random): Promise<string> {
  const next = otherThan(leaderOf(world), random);
  const ms = random.between(-120_000, 120_000);
  world.gateway.cluster.controller(next).skewClock(ms);
  world.gateway.cluster.electLeader(next);
  return `${next} leads, ${ms} ms off; ${await changeSomething(world, random)}`;
}

async function connectionsCut(world: World, random: Random): Promise<string> {
  const times = random.between(1, 5);
  for (let time = 0; time < times; time += 1) {
    for (const one of world.gateway.cluster.controllers) one.cutConnections();
    await pause(random, [0, 300]);
  }
  return `${times} times; ${await changeSomething(world, random)}`;
}

const faults: readonly Fault[] = [
  { kind: "slow", ms: 1000 },
  { kind: "slow", ms: 4000 },
  { kind: "hang" },
  { kind: "drip", everyMs: 200 },
  { kind: "close-mid-body" },
  { kind: "reset" },
  { kind: "garbage" },
  { kind: "garbage", text: "" },
  { kind: "wrong-envelope", envelope: "failed" },
  { kind: "wrong-envelope", envelope: "data-null" },
  { kind: "wrong-envelope", envelope: "data-object" },
  { kind: "wrong-envelope", envelope: "a-list" },
  { kind: "wrong-apps" },
  { kind: "huge", megabytes: 80, length: "announced" },
  { kind: "huge", megabytes: 80, length: "chunked" },
  { kind: "status", code: 500 },
  { kind: "status", code: 503 },
  { kind: "status", code: 404 },
  { kind: "unauthorized" },
  { kind: "redirect", to: "http://127.0.0.1:1/" },
  { kind: "gzip", how: "claimed" },
  { kind: "gzip", how: "unasked" },
  { kind: "gzip", how: "bomb" },
];

async function faulty(
  world: World,
  { random, who }: { readonly random: Random; readonly who: "leader" | "all" },
): Promise<string> {
  const { controllers } = world.gateway.cluster;
  const fault = random.pick(faults);
  const struck = who === "all" ? controllers : [world.gateway.cluster.controller(leaderOf(world))];
  for (const one of struck) one.fault(fault);
  const change = await changeSomething(world, random);
  await pause(random, [300, 4000]);
  for (const one of struck) one.mend();
  return `${JSON.stringify(fault)}; ${change}`;
}

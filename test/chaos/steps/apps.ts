import type { Fleet, Member } from "../fleet.ts";
import type { Random } from "../random.ts";
import { pause, type Step } from "../step.ts";
import type { World } from "../world.ts";

/** A cluster grows to this and no further, so that memory is that of the same cluster all the time. */
const most = { vhosts: 10, instances: 5 };
const fewestVhosts = 4;

/** What happens in a cluster on any day. */
export const appSteps: readonly Step[] = [
  { kind: "app: an instance joins", weight: 8, run: joins },
  { kind: "app: an instance leaves", weight: 8, run: leaves },
  { kind: "app: an instance dies", weight: 6, isPossible: ({ fleet }) => spare(fleet).length > 0, run: dies },
  { kind: "app: all instances of a vhost die", weight: 1, run: allDie },
  { kind: "app: an instance flaps", weight: 4, run: flaps },
  { kind: "app: a new version takes over", weight: 6, run: deploys },
  { kind: "app: a vhost comes", weight: 5, isPossible: ({ fleet }) => fleet.vhosts().length < most.vhosts, run: comes },
  { kind: "app: a vhost goes", weight: 5, isPossible: ({ fleet }) => fleet.vhosts().length > fewestVhosts, run: goes },
  { kind: "app: many changes at once", weight: 3, run: burst },
];

/** A small change of the cluster, to go with a fault: sound whatever else is broken. */
export async function changeSomething(world: World, random: Random): Promise<string> {
  return random.chance(0.5) ? await joins(world, random) : await leaves(world, random);
}

/** The first apps. */
export async function populate(world: World, random: Random): Promise<void> {
  for (let number = 0; number < 6; number += 1) await comes(world, random);
}

async function joins(world: World, random: Random): Promise<string> {
  const { fleet } = world;
  const small = fleet.vhosts().filter((vhost) => fleet.of(vhost).length < most.instances);
  if (small.length === 0) return await leaves(world, random);
  const vhost = random.pick(small);
  const member = await join(world, { random, appId: random.pick(fleet.appsOf(vhost)) });
  return `${member.instance} of ${vhost}`;
}

async function leaves({ fleet }: World, random: Random): Promise<string> {
  const all = spare(fleet);
  if (all.length === 0) return "nobody can be spared";
  const member = random.pick(all);
  fleet.unlist(member);
  return `${member.instance} of ${member.vhost}`;
}

/** It is listed until a health check would have told. */
async function dies({ fleet }: World, random: Random): Promise<string> {
  const member = random.pick(spare(fleet));
  await fleet.die(member);
  await pause(random, [0, 1500]);
  fleet.unlist(member);
  return `${member.instance} of ${member.vhost}`;
}

async function allDie(world: World, random: Random): Promise<string> {
  const { fleet } = world;
  const vhost = random.pick(fleet.vhosts());
  const members = fleet.of(vhost);
  for (const member of members) await fleet.die(member);
  await pause(random, [0, 1500]);
  for (const member of members) fleet.unlist(member);
  await world.inStep();
  await join(world, { random, appId: random.pick(fleet.appsOf(vhost)) });
  return `${members.length} of ${vhost}`;
}

async function flaps({ fleet }: World, random: Random): Promise<string> {
  const all = spare(fleet);
  if (all.length === 0) return "nobody can be spared";
  const member = random.pick(all);
  const times = random.between(1, 4);
  for (let time = 0; time < times; time += 1) {
    fleet.unlist(member);
    await pause(random, [0, 800]);
    fleet.relist(member);
    await pause(random, [0, 800]);
  }
  return `${member.instance} of ${member.vhost}, ${times} times`;
}

async function deploys(world: World, random: Random): Promise<string> {
  const { fleet } = world;
  const vhost = random.pick(fleet.vhosts());
  const [old = "", ...others] = fleet.appsOf(vhost);
  const count = Math.max(1, fleet.of(vhost).filter((one) => one.appId === old).length);
  const [, name = "", version = "0"] = /^(.+)-(\d+)$/.exec(old) ?? [];
  const next = fleet.deploy(name, String(Number(version) + 1));
  for (let number = 0; number < count; number += 1) {
    await join(world, { random, appId: next });
    await pause(random, [0, 300]);
  }
  // What leads to the new version must be there before the old one goes; Drove waits for health, too.
  await world.inStep();
  for (const one of [old, ...others]) fleet.undeploy(one);
  return `${next}, ${count} instances`;
}

async function comes(world: World, random: Random): Promise<string> {
  const { fleet } = world;
  const free = Array.from({ length: most.vhosts }, (_, at) => `app${at}`);
  const name = random.pick(free.filter((one) => !fleet.vhosts().includes(`${one}.test`)));
  const appId = fleet.deploy(name, "1");
  const count = random.between(1, 4);
  for (let number = 0; number < count; number += 1) await join(world, { random, appId });
  return `${name}.test with ${count}`;
}

async function goes({ fleet }: World, random: Random): Promise<string> {
  const vhost = random.pick(fleet.vhosts());
  for (const appId of fleet.appsOf(vhost)) fleet.undeploy(appId);
  return vhost;
}

async function burst(world: World, random: Random): Promise<string> {
  const times = random.between(5, 15);
  for (let time = 0; time < times; time += 1) {
    await changeSomething(world, random);
    if (random.chance(0.3)) await pause(random, [0, 200]);
  }
  return `${times}`;
}

/** Every fifth instance is known by a name. */
async function join(
  { fleet, names }: World,
  { random, appId }: { readonly random: Random; readonly appId: string },
): Promise<Member> {
  const byName = random.chance(0.2);
  return await fleet.join(appId, byName && names.isOwn ? names.domain : undefined);
}

/** Those that leave others behind. */
function spare(fleet: Fleet): readonly Member[] {
  return fleet.listed().filter((one) => fleet.of(one.vhost).length > 1);
}

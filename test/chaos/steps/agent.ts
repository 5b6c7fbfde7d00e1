import { execFileSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import type { Random } from "../random.ts";
import { pause, type Step } from "../step.ts";
import type { World } from "../world.ts";
import { changeSomething } from "./apps.ts";

/** The agent dies, and others send it signals. Traffic must not notice. */
export const agentDies: readonly Step[] = [
  { kind: "agent: killed at rest", weight: 2, run: killedAtRest },
  { kind: "agent: killed in a change", weight: 6, run: killedInChange },
  { kind: "agent: killed again and again", weight: 2, run: killedOften },
  { kind: "agent: stopped in good order", weight: 2, run: stopped },
];

/** What it has to live through. */
export const agentSteps: readonly Step[] = [
  { kind: "agent: stands still", weight: 3, run: standsStill },
  { kind: "agent: SIGHUP", weight: 2, run: hangUp },
  { kind: "agent: told of a proxy that restarts", weight: 2, run: toldOfRestart },
  { kind: "agent: no file descriptors left", weight: 2, run: noDescriptors },
];

async function kill({ gateway }: World): Promise<void> {
  gateway.agent().signal("SIGKILL");
  await gateway.agent().ended;
}

async function killedAtRest(world: World, random: Random): Promise<string> {
  await kill(world);
  const change = await changeSomething(world, random);
  await pause(random, [0, 1500]);
  world.gateway.startAgent();
  return change;
}

async function killedInChange(world: World, random: Random): Promise<string> {
  const change = await changeSomething(world, random);
  const after = random.between(0, 700);
  await pause(random, [after, after]);
  await kill(world);
  if (random.chance(0.5)) await changeSomething(world, random);
  world.gateway.startAgent();
  return `after ${after} ms; ${change}`;
}

async function killedOften(world: World, random: Random): Promise<string> {
  const times = random.between(3, 6);
  for (let time = 0; time < times; time += 1) {
    await changeSomething(world, random);
    await pause(random, [0, 1000]);
    await kill(world);
    world.gateway.startAgent();
  }
  return `${times} times`;
}

async function stopped(world: World, random: Random): Promise<string> {
  const change = await changeSomething(world, random);
  await pause(random, [0, 500]);
  world.gateway.agent().signal("SIGTERM");
  const code = await world.gateway.agent().ended;
  if (code !== 0) {
    const said = world.gateway.agent().output().split("\n").slice(-5).join("\n");
    throw new Error(`the agent ended with ${code} after SIGTERM: ${said}`);
  }
  await pause(random, [0, 1000]);
  world.gateway.startAgent();
  return change;
}

async function standsStill(world: World, random: Random): Promise<string> {
  world.gateway.agent().signal("SIGSTOP");
  const change = await changeSomething(world, random);
  await pause(random, [500, 5000]);
  world.gateway.agent().signal("SIGCONT");
  return change;
}

async function hangUp(world: World, random: Random): Promise<string> {
  const times = random.between(1, 20);
  for (let time = 0; time < times; time += 1) world.gateway.agent().signal("SIGHUP");
  return `${times} times; ${await changeSomething(world, random)}`;
}

async function toldOfRestart(world: World, random: Random): Promise<string> {
  const isTold = random.chance(0.5);
  world.gateway.agent().signal("SIGUSR1");
  const change = await changeSomething(world, random);
  await pause(random, [200, 2000]);
  // Without a word the agent goes on by itself after a while, and complains until there is one.
  if (!isTold) await world.inStep("complaining");
  world.gateway.agent().signal("SIGUSR2");
  return `${isTold ? "and of its end" : "and late of its end"}; ${change}`;
}

async function noDescriptors(world: World, random: Random): Promise<string> {
  const { pid } = world.gateway.agent();
  const open = (await readdir(`/proc/${pid}/fd`)).length;
  const limit = (count: number) => execFileSync("prlimit", ["--pid", String(pid), `--nofile=${count}:`]);
  const usual = Number(/^Max open files\s+(\d+)/m.exec(await readFile(`/proc/${pid}/limits`, "utf8"))?.[1]);
  const more = random.int(4);
  limit(open + more);
  const change = await changeSomething(world, random);
  await pause(random, [500, 4000]);
  limit(usual);
  return `${more} more allowed; ${change}`;
}

import type { Random } from "../random.ts";
import { pause, type Step } from "../step.ts";
import type { World } from "../world.ts";
import { changeSomething } from "./apps.ts";

/** The proxy itself is killed; a supervisor brings it back. */
export const proxySteps: readonly Step[] = [
  { kind: "proxy: killed", weight: 2, run: (world, random) => killed(world, { random, changes: false }) },
  { kind: "proxy: killed in a change", weight: 2, run: (world, random) => killed(world, { random, changes: true }) },
  { kind: "proxy: a worker is killed", weight: 3, run: workerKilled },
  { kind: "proxy: reloaded by hand", weight: 3, run: reloaded },
];

/** The agent and the proxy are killed at once, as with their machine. */
export const bothDie: readonly Step[] = [{ kind: "both: agent and proxy are killed", weight: 2, run: bothKilled }];

async function killed(
  world: World,
  { random, changes }: { readonly random: Random; readonly changes: boolean },
): Promise<string> {
  const change = changes ? await changeSomething(world, random) : "";
  if (changes) await pause(random, [0, 600]);
  const isUp = world.ledger.excuse({ kind: "proxy-down" });
  await world.proxy.kill();
  const meanwhile = random.chance(0.5) ? await changeSomething(world, random) : "";
  await pause(random, [0, 1500]);
  await world.proxy.start();
  isUp();
  return [change, meanwhile].filter((one) => one !== "").join("; ");
}

async function workerKilled(world: World, random: Random): Promise<string> {
  const change = random.chance(0.5) ? await changeSomething(world, random) : "";
  const isReplaced = world.ledger.excuse({
    kind: world.proxy.platform === "nginx" ? "worker-killed" : "proxy-down",
  });
  await world.proxy.killWorker();
  isReplaced();
  return change;
}

async function reloaded(world: World, random: Random): Promise<string> {
  const change = await changeSomething(world, random);
  await pause(random, [0, 600]);
  await world.proxy.reload();
  return change;
}

async function bothKilled(world: World, random: Random): Promise<string> {
  const change = await changeSomething(world, random);
  await pause(random, [0, 600]);
  const isUp = world.ledger.excuse({ kind: "proxy-down" });
  world.gateway.agent().signal("SIGKILL");
  await Promise.all([world.proxy.kill(), world.gateway.agent().ended]);
  await pause(random, [0, 500]);
  const isAgentFirst = random.chance(0.5);
  if (isAgentFirst) world.gateway.startAgent();
  await world.proxy.start();
  isUp();
  if (!isAgentFirst) world.gateway.startAgent();
  return `${isAgentFirst ? "the agent" : "the proxy"} is back first; ${change}`;
}

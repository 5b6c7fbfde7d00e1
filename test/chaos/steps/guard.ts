import { eventually } from "../../image/support/eventually.ts";
import type { Random } from "../random.ts";
import { pause, type Step } from "../step.ts";
import type { World } from "../world.ts";
import { changeSomething, populate } from "./apps.ts";

/** Answers that are right in form and would take everything down. */
export const guardSteps: readonly Step[] = [
  {
    kind: "guard: the leader has lost its apps",
    weight: 3,
    run: (world, random) => lost(world, { random, who: "old" }),
  },
  { kind: "guard: a new leader knows no apps", weight: 3, run: (world, random) => lost(world, { random, who: "new" }) },
  { kind: "guard: an operator accepts a loss", weight: 1, run: accepted },
];

/** Shorter than a loss takes to be believed: nothing may go, and what is new comes at once. */
async function lost(
  world: World,
  { random, who }: { readonly random: Random; readonly who: "old" | "new" },
): Promise<string> {
  const { cluster } = world.gateway;
  const old = Math.max(
    0,
    cluster.controllers.findIndex((one) => one.leading),
  );
  const leader = who === "old" ? old : (old + random.between(1, 2)) % 3;
  // So few that three vhosts or more are missing: fewer may always go.
  const keep = random.int(2);
  cluster.controller(leader).fault({ kind: "lost-apps", keep }, { on: ["endpoints"] });
  if (who === "new") cluster.electLeader(leader, random.chance(0.5) ? "announced" : "silent");
  else await world.gateway.api("/v1/reload");
  await pause(random, [500, 5000]);
  cluster.controller(leader).mend();
  return `${leader} knows ${keep}; ${await changeSomething(world, random)}`;
}

async function accepted(world: World, random: Random): Promise<string> {
  const { fleet, gateway } = world;
  const gone = fleet.vhosts().slice(1);
  // In one answer, as after a loss.
  gateway.cluster.quietly(() => {
    for (const vhost of gone) for (const appId of fleet.appsOf(vhost)) fleet.undeploy(appId);
  });
  await gateway.api("/v1/reload");
  const isHeld = async () => (await gateway.api("/v1/health")).body.includes('"Since"');
  await eventually("the loss is held", isHeld, { everyMs: 20, deadlineMs: 60_000 });
  await gateway.api("/v1/accept", { method: "POST" });
  await world.inStep();
  await populate(world, random);
  return `${gone.length} vhosts`;
}

import type { Change } from "./change.ts";
import { changeLeader, crash, deployFirst, deployRest, scaleDown, scaleUp } from "./changes.ts";
import { hosts } from "./stage.ts";
import { hostileApp, killAgent } from "./untouched-changes.ts";
import { comeBack, loseAll, newApp, removeApp } from "./vhost-changes.ts";

/** What happens in the demo, round after round. `round` counts from 1. */
export function roundOf(round: number): readonly Change[] {
  const old = `${round}.0.0`;
  const next = `${round + 1}.0.0`;
  const host = hosts.shop;
  const release = { app: "shop", host, old, next };
  return [
    scaleUp(`shop-${old}`, { host, says: "shop is scaled from 2 to 3 instances" }),
    deployFirst(release),
    deployRest(release),
    crash(`shop-${next}`, { host, says: "an instance of shop dies; Drove notices a second later" }),
    scaleUp(`shop-${next}`, { host, says: "Drove has started another instance of shop" }),
    loseAll,
    comeBack,
    changeLeader(round % 2),
    newApp,
    ...(round === 1 ? [hostileApp, killAgent] : []),
    removeApp,
    scaleDown(`shop-${next}`, { host, says: "shop is scaled from 3 to 2 instances" }),
  ];
}

import { type Fared, perform } from "./change.ts";
import type { Load } from "./load.ts";
import { roundOf } from "./script.ts";
import type { Running } from "./set-up.ts";
import { hostileAppId } from "./untouched-changes.ts";

const pauseMs = 1500;

export interface PlayOptions {
  readonly load: Load;
  /** No further change; one that is under way is brought to its end. */
  readonly stop: AbortSignal;
  /** The end, also for a change that is under way; it counts no more. */
  readonly quit: AbortSignal;
  readonly onFared: (fared: Fared) => void;
}

/** Plays round after round until it is told to stop. Rejects if the agent or nginx ends. */
export async function play(running: Running, options: PlayOptions): Promise<void> {
  const { stage } = running;
  for (let round = 1; !options.stop.aborted; round++) {
    for (const change of roundOf(round)) {
      await stage.clock.sleep(pauseMs, options.stop);
      if (options.stop.aborted) return;
      assertAlive(running);
      options.onFared(await perform(change, stage, options.quit));
    }
    if (stage.cluster.apps.list().some((app) => app.appId === hostileAppId)) stage.cluster.apps.remove(hostileAppId);
    const { requests, failed } = options.load.counts();
    stage.timeline.tell({ kind: "load", text: `${requests.toLocaleString("en")} requests so far, ${failed} failed` });
    stage.timeline.plain();
  }
}

function assertAlive({ stage, nginx }: Running): void {
  if (!stage.agent.isRunning()) throw new Error("the agent has ended");
  if (!nginx.isRunning()) throw new Error("nginx has ended");
}

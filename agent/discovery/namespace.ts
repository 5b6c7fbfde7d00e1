import { createWake } from "../clock.ts";
import { messageOf } from "../errors.ts";
import { createPoller, type PollerOptions } from "./poll.ts";

/** A running watcher. It ends when its signal aborts. */
export interface NamespaceWatcher {
  /** Polls at once, and asks for the full list. */
  resync(): void;
  /** Resolves when the loop and all its calls have ended; never rejects. */
  readonly done: Promise<void>;
}

/** Keeps up with one Drove cluster until the signal aborts. A failure is reported and retried, never thrown. */
export function watchNamespace(options: PollerOptions): NamespaceWatcher {
  const { clock, config, doubted, log, signal, timing } = options;
  const poller = createPoller(options);
  const wake = createWake(clock);
  const wanted: { list: "asked" | undefined } = { list: undefined };

  async function pollOnce(): Promise<number> {
    const asked = wanted.list ?? (doubted() ? "doubted" : undefined);
    wanted.list = undefined;
    try {
      return await poller.poll(asked);
    } catch (error) {
      // Failures of controllers do not come here: this is a fault of ours, and no reason to stop watching.
      log.warn("poll ended by an unexpected error", { namespace: config.name, error: messageOf(error) });
      return timing.intervalMs;
    }
  }

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      const pauseMs = await pollOnce();
      await wake.wait(signal, pauseMs);
    }
    await poller.idle();
  }

  return {
    resync() {
      wanted.list = "asked";
      wake.ring();
    },
    done: loop(),
  };
}

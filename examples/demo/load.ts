import type { Clock } from "../../agent/clock.ts";
import { type Visit, visit } from "./visit.ts";

/** Visitors that never rest, and what became of their requests. */
export interface Load {
  counts(): { readonly requests: number; readonly failed: number };
  /** Ends when the last request has its answer. */
  stop(): Promise<void>;
}

const visitors = 4;
const pauseMs = 25;

/** Visitors in turn ask for each host; anything but a 200 is a failure. */
export function startLoad(options: {
  readonly hosts: readonly string[];
  readonly port: number;
  readonly clock: Clock;
  readonly onFailure: (what: string) => void;
}): Load {
  const counts = { requests: 0, failed: 0 };
  const stopping = new AbortController();

  async function ask(target: Visit): Promise<void> {
    counts.requests += 1;
    const problem = await visit(target, options.port).then(
      ({ status }) => (status === 200 ? undefined : `status ${status}`),
      (error: unknown) => String(error),
    );
    if (problem === undefined) return;
    counts.failed += 1;
    options.onFailure(`a request for ${target.host} failed: ${problem}`);
  }

  async function visitor(): Promise<void> {
    while (!stopping.signal.aborted) {
      for (const host of options.hosts) {
        await ask({ host });
        await options.clock.sleep(pauseMs, stopping.signal);
      }
    }
  }

  const all = Promise.all(Array.from({ length: visitors }, visitor));
  return {
    counts: () => ({ ...counts }),
    async stop() {
      stopping.abort();
      await all;
    },
  };
}

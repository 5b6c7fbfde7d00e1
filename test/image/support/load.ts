import { messageOf } from "../../../agent/errors.ts";
import { request, type Target } from "./request.ts";

export interface LoadReport {
  readonly total: number;
  /** What went wrong with each request that did not get a 200. */
  readonly failures: readonly string[];
}

export interface Load {
  /** Requests that got their 200 so far. */
  answered(): number;
  stop(): Promise<LoadReport>;
}

/** Sends requests without a pause, each on a new connection, from a few clients at once. */
export function startLoad(target: Target, { clients = 4 }: { readonly clients?: number } = {}): Load {
  const state = { running: true, total: 0, answered: 0 };
  const failures: string[] = [];
  const client = async (): Promise<void> => {
    while (state.running) {
      state.total += 1;
      const outcome = await request(target).then(
        ({ status }) => status,
        (error: unknown) => messageOf(error),
      );
      if (outcome === 200) state.answered += 1;
      else failures.push(String(outcome));
    }
  };
  const all = Promise.all(Array.from({ length: clients }, client));
  return {
    answered: () => state.answered,
    async stop() {
      state.running = false;
      await all;
      return { total: state.total, failures };
    },
  };
}

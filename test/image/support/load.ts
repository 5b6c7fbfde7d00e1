import { Agent } from "node:http";
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

/** Whatever ends, and has the load end with it: a test that fails must not wait for a load that nobody stops. */
export interface LoadOwner {
  after(hook: () => unknown): void;
}

/** Sends requests without a pause from a few clients at once, each on a new connection or, with `keepAlive`, on one kept by its client. */
export function startLoad(
  owner: LoadOwner,
  target: Target,
  { clients = 4, keepAlive = false }: { readonly clients?: number; readonly keepAlive?: boolean } = {},
): Load {
  const state = { running: true, total: 0, answered: 0 };
  const failures: string[] = [];
  const client = async (): Promise<void> => {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    while (state.running) {
      state.total += 1;
      const outcome = await request(target, { agent }).then(
        ({ status }) => status,
        (error: unknown) => messageOf(error),
      );
      if (outcome === 200) state.answered += 1;
      else failures.push(String(outcome));
    }
    agent.destroy();
  };
  const all = Promise.all(Array.from({ length: clients }, client));
  const stop = async (): Promise<LoadReport> => {
    state.running = false;
    await all;
    return { total: state.total, failures };
  };
  owner.after(stop);
  return { answered: () => state.answered, stop };
}

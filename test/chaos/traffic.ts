import { Agent, request as httpRequest } from "node:http";
import { messageOf } from "../../agent/errors.ts";
import type { Outcome } from "./ledger.ts";
import type { Random } from "./random.ts";

export interface Traffic {
  /** Vhosts that are asked from now on. */
  aim(vhosts: readonly string[]): void;
  /** Ends when the last answer is in. */
  stop(): Promise<void>;
}

export interface TrafficOptions {
  readonly port: number;
  readonly perSecond: number;
  /** False for a proxy that closes kept connections under a request at a reload: nginx before 1.27.4. */
  readonly keepAlive: boolean;
  readonly random: Random;
  readonly now: () => number;
  readonly onOutcome: (outcome: Outcome) => void;
}

/** One try each; longer than any pause that a step makes. */
const deadlineMs = 30_000;

/**
 * Constant load that waits for nobody: requests go out at their time, however long the answers take. Most are quick,
 * some take up to a second, some are POSTs with a body. Nothing is ever sent twice.
 */
export function startTraffic(options: TrafficOptions): Traffic {
  const { random, now } = options;
  const state = { vhosts: [] as readonly string[], flying: new Set<Promise<void>>() };
  // In turn, so that none is idle for so long that the proxy may close it.
  const kept = new Agent({ keepAlive: true, maxSockets: 16, scheduling: "fifo" });
  const fresh = new Agent({ keepAlive: false });
  const send = () => {
    if (state.vhosts.length === 0) return;
    const vhost = random.pick(state.vhosts);
    const agent = options.keepAlive && random.chance(0.5) ? kept : fresh;
    const sentAt = now();
    const { method, path } = random.weighted(kinds);
    const slowness = random.between(50, 1000);
    const flight = ask({ ...options, vhost, method, path: path(slowness), agent }).then((answer) => {
      const manner = agent === kept ? "kept" : "fresh";
      options.onOutcome({ vhost, method, manner, sentAt, endedAt: now(), ...answer });
    });
    state.flying.add(flight);
    void flight.then(() => state.flying.delete(flight));
  };
  const timer = setInterval(send, 1000 / options.perSecond);
  return {
    aim(vhosts) {
      state.vhosts = vhosts;
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(state.flying);
      kept.destroy();
    },
  };
}

const kinds = [
  { weight: 75, method: "GET", path: () => "/" },
  { weight: 10, method: "GET", path: (ms: number) => `/slow?ms=${ms}` },
  { weight: 5, method: "GET", path: (ms: number) => `/stream?chunks=5&ms=${ms / 10}` },
  { weight: 10, method: "POST", path: () => "/echo" },
] as const;

const body = "x".repeat(2000);

interface Asked {
  readonly port: number;
  readonly vhost: string;
  readonly method: string;
  readonly path: string;
  readonly agent: Agent;
}

type Answered = Pick<Outcome, "status" | "instance" | "error" | "begun">;

function ask({ port, vhost, method, path, agent }: Asked): Promise<Answered> {
  const { promise, resolve } = Promise.withResolvers<Answered>();
  let begun = false;
  const signal = AbortSignal.timeout(deadlineMs);
  const outgoing = httpRequest({ host: "127.0.0.1", port, path, method, headers: { host: vhost }, agent, signal });
  const fail = (error: unknown) => resolve({ error: messageOf(error), begun });
  outgoing.once("error", fail);
  outgoing.once("response", (incoming) => {
    begun = true;
    const { statusCode: status, headers } = incoming;
    const instance = headers["x-instance-id"];
    incoming.once("error", fail);
    incoming.once("close", () => {
      if (incoming.complete) resolve({ status, instance: typeof instance === "string" ? instance : undefined, begun });
      else fail(new Error("the answer was cut off"));
    });
    incoming.resume();
  });
  outgoing.end(method === "POST" ? body : undefined);
  return promise;
}

import type { Clock } from "../../agent/clock.ts";
import type { Cluster } from "../../test/fake/drove-cluster.ts";
import type { AgentProcess } from "./agent-process.ts";
import type { Fleet } from "./fleet.ts";
import type { Timeline } from "./timeline.ts";
import type { Answer, Visit } from "./visit.ts";

/** All that the demo plays with. */
export interface Stage {
  readonly cluster: Cluster;
  readonly fleet: Fleet;
  readonly agent: AgentProcess;
  readonly timeline: Timeline;
  readonly clock: Clock;
  /** One request through nginx; undefined if no answer came. */
  readonly visit: (target: Visit) => Promise<Answer | undefined>;
  /** Asks the agent's API. */
  readonly isReady: () => Promise<boolean>;
}

/** Where the demo's apps are served. Names below `localhost` lead to this machine in browsers and in curl. */
export const hosts = {
  shop: "shop.localhost",
  blog: "blog.localhost",
  mail: "mail.localhost",
  news: "news.localhost",
  drove: "drove.localhost",
} as const;

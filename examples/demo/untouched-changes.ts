import { exposedApp } from "../../test/fake/exposed-app.ts";
import type { Change } from "./change.ts";

const hostile = exposedApp({ name: "trap", vhost: "a.test; } server { listen 81;" });

/** A vhost that would open a server of its own, were it printed as it came. */
export const hostileApp: Change = {
  says: `trap, an app with the vhost "${hostile.vhost}", appears`,
  nginx: "untouched",
  prepare:
    async ({ cluster }) =>
    () =>
      cluster.apps.add(hostile),
  seen: ({ agent }) => (agent.refused().has(hostile.appId) ? "nginx is not touched, the other apps go on" : undefined),
};

/** Nothing of it was ever served, so nobody waits for its end. */
export const hostileAppId = hostile.appId;

/** The agent is no part of the way that requests take. */
export const killAgent: Change = {
  says: "the agent is killed with SIGKILL and started again",
  nginx: "untouched",
  async prepare({ agent }) {
    await agent.stop("SIGKILL");
    return () => agent.start();
  },
  seen: async ({ isReady }) => ((await isReady()) ? "the agent is ready again, nginx was not touched" : undefined),
};

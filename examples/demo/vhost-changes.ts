import { exposedApp } from "../../test/fake/exposed-app.ts";
import type { Change } from "./change.ts";
import { hosts } from "./stage.ts";

/** An app without a healthy instance keeps its vhost. */
export const loseAll: Change = {
  says: "mail has no healthy instance any more",
  nginx: "reloaded",
  async prepare({ fleet }) {
    const all = fleet.of("mail-1.0.0");
    return () => {
      for (const one of all) fleet.retire(one);
    };
  },
  async seen({ visit }) {
    const answer = await visit({ host: hosts.mail });
    return answer?.status === 503 && answer.retryAfter !== ""
      ? `${hosts.mail} says 503, Retry-After: ${answer.retryAfter}`
      : undefined;
  },
};

/** And has it at once when an instance is back. */
export const comeBack: Change = {
  says: "mail has an instance again",
  nginx: "reloaded",
  async prepare({ fleet }) {
    const app = await fleet.launch("mail-1.0.0");
    return () => fleet.announce(app);
  },
  seen: async ({ visit }) =>
    (await visit({ host: hosts.mail }))?.status === 200 ? `${hosts.mail} answers 200` : undefined,
};

/** A vhost that nobody knew before. */
export const newApp: Change = {
  says: "news, a new app, has its first instance",
  nginx: "reloaded",
  async prepare({ cluster, fleet }) {
    const app = await fleet.launch("news-1.0.0");
    return () => {
      cluster.apps.add(exposedApp({ name: "news", vhost: hosts.news }));
      fleet.announce(app);
    };
  },
  seen: async ({ visit }) =>
    (await visit({ host: hosts.news }))?.status === 200 ? `${hosts.news} answers 200` : undefined,
};

/** A vhost that is nobody's any more. Its clients get the same answer as those of any unknown host: 503. */
export const removeApp: Change = {
  says: "news is destroyed",
  nginx: "reloaded",
  async prepare({ cluster, fleet }) {
    const all = fleet.of("news-1.0.0");
    return () => {
      for (const one of all) fleet.retire(one);
      cluster.apps.remove("news-1.0.0");
    };
  },
  seen: async ({ visit }) =>
    (await visit({ host: hosts.news }))?.status === 503 ? `${hosts.news} is unknown again: 503` : undefined,
};

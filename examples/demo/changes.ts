import { exposedApp } from "../../test/fake/exposed-app.ts";
import type { Change } from "./change.ts";
import { hosts, type Stage } from "./stage.ts";

/** Another instance of an app that has some. */
export function scaleUp(appId: string, { host, says }: { readonly host: string; readonly says: string }): Change {
  const fresh = { instance: "" };
  return {
    says,
    nginx: "reloaded",
    async prepare({ fleet }) {
      const app = await fleet.launch(appId);
      fresh.instance = app.instance;
      return () => fleet.announce(app);
    },
    seen: async (stage) => {
      const answer = await stage.visit({ host });
      return answer?.instance === fresh.instance ? `${host} answers from instance :${fresh.instance}` : undefined;
    },
  };
}

/** The oldest instance leaves in good order. */
export function scaleDown(appId: string, { host, says }: { readonly host: string; readonly says: string }): Change {
  const gone = { instance: "", applied: 0 };
  return {
    says,
    nginx: "reloaded",
    async prepare({ fleet, agent }) {
      const [oldest] = fleet.of(appId);
      if (oldest === undefined) throw new Error(`${appId} has no instance`);
      gone.instance = oldest.instance;
      gone.applied = agent.applied();
      return () => fleet.retire(oldest);
    },
    seen: ({ agent }) =>
      agent.applied() > gone.applied ? `${host} goes on without :${gone.instance}, which then ends` : undefined,
  };
}

/** An instance dies; Drove's health check needs a moment to see it, and nginx has to live with it until then. */
export function crash(appId: string, { host, says }: { readonly host: string; readonly says: string }): Change {
  const gone = { instance: "", applied: 0 };
  return {
    says,
    nginx: "reloaded",
    async prepare({ fleet, agent, clock }) {
      const [oldest] = fleet.of(appId);
      if (oldest === undefined) throw new Error(`${appId} has no instance`);
      gone.instance = oldest.instance;
      await fleet.crash(oldest);
      await clock.sleep(1000, new AbortController().signal);
      gone.applied = agent.applied();
      return () => fleet.forget(oldest);
    },
    seen: ({ agent }) => (agent.applied() > gone.applied ? `${host} no longer tries :${gone.instance}` : undefined),
  };
}

/** The first instance of a new version, beside those of the old one. */
export function deployFirst(names: Release): Change {
  const { app, next, host } = names;
  return {
    says: `${app} ${next} is deployed: its first instance is healthy`,
    nginx: "reloaded",
    async prepare({ cluster, fleet }) {
      const fresh = await fleet.launch(`${app}-${next}`);
      return () => {
        cluster.apps.add(exposedApp({ name: app, version: next, vhost: host }));
        fleet.announce(fresh);
      };
    },
    seen: (stage) => versionSeen(stage, names),
  };
}

/** Which version follows which. */
export interface Release {
  readonly app: string;
  readonly host: string;
  readonly old: string;
  readonly next: string;
}

/** The rest of the new version comes, the old one goes. */
export function deployRest({ app, host, old, next }: Release): Change {
  return {
    says: `${app} ${next} takes over: all its instances are healthy, ${old} is stopped`,
    nginx: "reloaded",
    async prepare({ cluster, fleet }) {
      const before = fleet.of(`${app}-${old}`);
      const fresh = await Promise.all(before.slice(1).map(() => fleet.launch(`${app}-${next}`)));
      return () => {
        for (const one of fresh) fleet.announce(one);
        for (const one of before) fleet.retire(one);
        cluster.apps.remove(`${app}-${old}`);
      };
    },
    async seen(stage) {
      const answers = await Promise.all(Array.from({ length: 12 }, () => stage.visit({ host })));
      return answers.every((answer) => answer?.version === next) ? `${host} answers with ${next} only` : undefined;
    },
  };
}

async function versionSeen(stage: Stage, { host, next }: Release): Promise<string | undefined> {
  const answer = await stage.visit({ host });
  return answer?.version === next ? `${host} answers with ${next} from instance :${answer.instance}` : undefined;
}

/** Another controller leads. The vhost of the leader has to follow: the others answer 400. */
export function changeLeader(leader: number): Change {
  const login = `Basic ${Buffer.from("guest:guest").toString("base64")}`;
  return {
    says: `controller ${leader + 1} becomes the leader`,
    nginx: "reloaded",
    prepare:
      async ({ cluster }) =>
      () =>
        cluster.electLeader(leader, "announced"),
    async seen(stage) {
      const target = { host: hosts.drove, path: "/apis/v1/ping", headers: { authorization: login } };
      return (await stage.visit(target))?.status === 200
        ? `${hosts.drove} leads to controller ${leader + 1}`
        : undefined;
    },
  };
}

import { isDeepStrictEqual } from "node:util";
import { createAppBook } from "./app-book.ts";
import type { EventType } from "./event-store.ts";
import { type ExposedApp, type ExposedHost, exposedHost } from "./exposed-app.ts";

/** The apps of a cluster, shared by its controllers. Each change makes the events that Drove would make. */
export interface ClusterState {
  list(): readonly ExposedApp[];
  /** Adds an app, or replaces the one of the same appId. */
  add(app: ExposedApp): void;
  remove(appId: string): void;
  /** Adds an instance: it is healthy at once. */
  addInstance(appId: string, host?: ExposedHost): ExposedHost;
  /** Takes an instance out; without `host` the oldest. Returns the one that went. */
  kill(appId: string, host?: Pick<ExposedHost, "host" | "port">): ExposedHost;
  /** Adds made-up instances, or takes out the youngest, until there are `count`. */
  scale(appId: string, count: number): void;
  /** A new version under the same name, vhost and tags; the old one goes unless `old` is "kept". Returns the new appId. */
  deploy(appId: string, next: Deployment): string;
  /** Makes these the apps of the cluster, with an event per difference. */
  replace(apps: readonly ExposedApp[]): void;
  /** The whole answer to `/apis/v1/endpoints`, kept until the next change. */
  endpointsBody(): Buffer;
}

export interface Deployment {
  readonly version: string;
  /** Default: as many made-up instances as the old version has. */
  readonly hosts?: readonly ExposedHost[];
  readonly old?: "removed" | "kept";
}

export interface ClusterStateOptions {
  readonly apps?: readonly ExposedApp[];
  readonly emit: (type: EventType) => void;
  /** Makes up an instance for `scale`, `deploy` and `addInstance`; default: 127.0.0.1, ports from 20000 upwards. */
  readonly place?: (appId: string) => ExposedHost;
}

/** A cluster with the given apps; they make no events. */
export function createClusterState({ apps = [], emit, place = countingPlace() }: ClusterStateOptions): ClusterState {
  const book = createAppBook(apps);
  const change = (app: ExposedApp, type: EventType): void => {
    book.put(app);
    emit(type);
  };
  const state: ClusterState = {
    list: book.sorted,
    endpointsBody: book.body,
    add: (app) => change(app, "APP_STATE_CHANGE"),
    remove(appId) {
      book.drop(appId);
      emit("APP_STATE_CHANGE");
    },
    addInstance(appId, host = place(appId)) {
      const app = book.get(appId);
      change({ ...app, hosts: [...app.hosts, host] }, "INSTANCE_STATE_CHANGE");
      return host;
    },
    kill(appId, host) {
      const app = book.get(appId);
      const gone = app.hosts.find((one) => host === undefined || (one.host === host.host && one.port === host.port));
      if (gone === undefined) throw new Error(`${appId} has no such instance`);
      change({ ...app, hosts: app.hosts.filter((one) => one !== gone) }, "INSTANCE_STATE_CHANGE");
      return gone;
    },
    scale(appId, count) {
      while (book.get(appId).hosts.length < count) state.addInstance(appId);
      while (book.get(appId).hosts.length > count) state.kill(appId, book.get(appId).hosts.at(-1));
    },
    deploy(appId, { version, hosts, old = "removed" }) {
      const app = book.get(appId);
      const next = { ...app, appId: `${app.appName}-${version}`, hosts: hosts ?? app.hosts.map(() => place(appId)) };
      state.add({ ...next, hosts: [] });
      for (const host of next.hosts) state.addInstance(next.appId, host);
      if (old === "removed") state.remove(appId);
      return next.appId;
    },
    replace(next) {
      const before = new Map(book.sorted().map((app) => [app.appId, app]));
      for (const app of next) {
        const type = differenceOf(before.get(app.appId), app);
        before.delete(app.appId);
        if (type !== undefined) change(app, type);
      }
      for (const appId of before.keys()) state.remove(appId);
    },
  };
  return state;
}

/** The event that leads from one form of an app to the next; undefined if nothing differs. */
function differenceOf(before: ExposedApp | undefined, after: ExposedApp): EventType | undefined {
  if (before === undefined) return "APP_STATE_CHANGE";
  if (isDeepStrictEqual(before, after)) return undefined;
  return isDeepStrictEqual({ ...before, hosts: [] }, { ...after, hosts: [] })
    ? "INSTANCE_STATE_CHANGE"
    : "APP_STATE_CHANGE";
}

function countingPlace(): (appId: string) => ExposedHost {
  const next = { port: 20_000 };
  return () => exposedHost(next.port++);
}

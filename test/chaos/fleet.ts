import { type DemoApp, startApp } from "../fake/demo-app.ts";
import type { Cluster } from "../fake/drove-cluster.ts";
import { exposedApp } from "../fake/exposed-app.ts";
import { portsInTurn } from "../image/support/free-ports.ts";
import type { Ledger } from "./ledger.ts";

/** One instance of an app, from its start to its end. */
export interface Member {
  /** Its number since the beginning: the same in every run with the same seed. */
  readonly instance: string;
  readonly appId: string;
  readonly vhost: string;
  /** An address, or a name that the agent's hosts file knows. */
  readonly host: string;
  readonly port: number;
  readonly app: DemoApp;
}

/**
 * All instances there are, and what the cluster says of them. The ledger hears of everything before the cluster does.
 * Whoever has left goes on serving until it is known to be out of the proxy: that is what a drain is.
 */
export interface Fleet {
  /** Listed instances, the oldest first. */
  listed(): readonly Member[];
  of(vhost: string): readonly Member[];
  /** Vhosts of the cluster, the oldest first. */
  vhosts(): readonly string[];
  appsOf(vhost: string): readonly string[];
  /** Vhosts that were taken away. */
  formerVhosts(): readonly string[];
  /** An app without instances. */
  deploy(name: string, version: string): string;
  /** Starts an instance and lists it. */
  join(appId: string, host?: string): Promise<Member>;
  /** Takes it off the list; it serves on. */
  unlist(member: Member): void;
  /** Lists it again. */
  relist(member: Member): void;
  /** Takes the app off the list, with all its instances. */
  undeploy(appId: string): void;
  /** It is killed, and still listed. */
  die(member: Member): Promise<void>;
  /** What was taken away is out of the proxy: it ends. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** No apps yet. `now` is the ledger's. */
export function createFleet({ cluster, ledger }: { readonly cluster: Cluster; readonly ledger: Ledger }): Fleet {
  // A dead one is asked for a while: nobody else may answer at its port.
  const nextPort = portsInTurn();
  const state = {
    next: 1,
    listed: [] as Member[],
    leaving: [] as Member[],
    dead: new Set<Member>(),
    apps: new Map<string, string>(),
    former: [] as string[],
    /** Ends of excuses that hold until all is settled. */
    ends: [] as (() => void)[],
  };
  const of = (vhost: string) => state.listed.filter((one) => one.vhost === vhost);
  const living = (vhost: string) => of(vhost).filter((one) => !state.dead.has(one));
  const vhosts = () => [...new Set(state.apps.values())];
  const vhostOf = (appId: string) => {
    const vhost = state.apps.get(appId);
    if (vhost === undefined) throw new Error(`there is no app ${appId}`);
    return vhost;
  };
  const excuse = (...args: Parameters<Ledger["excuse"]>) => void state.ends.push(ledger.excuse(...args));
  const leave = (members: readonly Member[]) => {
    state.listed = state.listed.filter((one) => !members.includes(one));
    state.leaving.push(...members);
    for (const vhost of new Set(members.map((one) => one.vhost))) {
      if (living(vhost).length === 0) excuse({ kind: "vhost-withdrawn", vhost });
    }
  };
  const hostOf = ({ host, port }: Member) => ({ host, port, portType: "HTTP" });
  const list = (member: Member) => {
    ledger.admit(member.instance, member.vhost);
    state.listed.push(member);
    cluster.apps.addInstance(member.appId, hostOf(member));
  };
  return {
    listed: () => [...state.listed],
    of,
    vhosts,
    appsOf: (vhost) => [...state.apps].filter(([, of]) => of === vhost).map(([appId]) => appId),
    formerVhosts: () => [...state.former],
    deploy(name, version) {
      const app = exposedApp({ name, version });
      state.apps.set(app.appId, app.vhost);
      state.former = state.former.filter((one) => one !== app.vhost);
      cluster.apps.add(app);
      return app.appId;
    },
    async join(appId, host = "127.0.0.1") {
      const instance = `i${state.next++}`;
      const app = await startApp({ appId, instance, port: await nextPort() });
      const name = host === "127.0.0.1" ? host : `${instance}.${host}`;
      const member = { instance, appId, vhost: vhostOf(appId), host: name, port: app.endpoint.port, app };
      list(member);
      return member;
    },
    unlist(member) {
      leave([member]);
      cluster.apps.kill(member.appId, member);
    },
    relist(member) {
      state.leaving = state.leaving.filter((one) => one !== member);
      list(member);
    },
    undeploy(appId) {
      const vhost = vhostOf(appId);
      state.apps.delete(appId);
      leave(state.listed.filter((one) => one.appId === appId));
      if (!vhosts().includes(vhost)) {
        state.former = [...state.former, vhost].slice(-8);
        excuse({ kind: "vhost-withdrawn", vhost });
      }
      cluster.apps.remove(appId);
    },
    async die(member) {
      state.dead.add(member);
      if (living(member.vhost).length === 0) excuse({ kind: "instances-dead", vhost: member.vhost });
      const isDead = ledger.excuse({ kind: "in-hand-of-the-dying", vhost: member.vhost });
      await member.app.stop();
      isDead();
    },
    async settle() {
      const gone = state.leaving.splice(0);
      for (const { instance } of gone) ledger.expel(instance);
      for (const end of state.ends.splice(0)) end();
      await Promise.all(gone.map((one) => (state.dead.delete(one) ? undefined : one.app.drain())));
    },
    async stop() {
      await Promise.all([...state.listed, ...state.leaving].map((one) => one.app.stop()));
    },
  };
}

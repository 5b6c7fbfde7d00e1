import type { Clock } from "../../agent/clock.ts";
import { type DemoApp, startApp } from "../../test/fake/demo-app.ts";
import type { Cluster } from "../../test/fake/drove-cluster.ts";

/** The instances of the demo's apps: what Drove's executors would run. */
export interface Fleet {
  /** Starts an instance; the cluster does not know of it yet. */
  launch(appId: string): Promise<DemoApp>;
  /** The cluster lists it from now on. */
  announce(app: DemoApp): void;
  /** The cluster no longer lists it; it is stopped a little later, as Drove does with `waitBeforeKill`. */
  retire(app: DemoApp): void;
  /** Gone at once. The cluster goes on listing it until `forget`. */
  crash(app: DemoApp): Promise<void>;
  forget(app: DemoApp): void;
  /** Listed instances of an app, oldest first. */
  of(appId: string): readonly DemoApp[];
  stop(): Promise<void>;
}

const waitBeforeKillMs = 3000;

/** A fleet without instances. */
export function createFleet(cluster: Cluster, clock: Clock): Fleet {
  const all = new Set<DemoApp>();
  const listed = new Set<DemoApp>();
  const stopping = new AbortController();

  function forget(app: DemoApp): void {
    listed.delete(app);
    cluster.apps.kill(app.appId, app.endpoint);
  }

  async function stopLater(app: DemoApp): Promise<void> {
    await clock.sleep(waitBeforeKillMs, stopping.signal);
    await app.drain({ deadlineMs: 2000 });
    all.delete(app);
  }

  return {
    async launch(appId) {
      const app = await startApp({ appId });
      all.add(app);
      return app;
    },
    announce(app) {
      listed.add(app);
      cluster.apps.addInstance(app.appId, app.endpoint);
    },
    retire(app) {
      forget(app);
      void stopLater(app);
    },
    async crash(app) {
      all.delete(app);
      await app.stop();
    },
    forget,
    of: (appId) => [...listed].filter((app) => app.appId === appId),
    async stop() {
      stopping.abort();
      await Promise.all([...all].map((app) => app.stop()));
    },
  };
}

import type { ExposedApp } from "./exposed-app.ts";

/** The apps by appId, and the answer that lists them. */
export interface AppBook {
  get(appId: string): ExposedApp;
  put(app: ExposedApp): void;
  drop(appId: string): void;
  sorted(): readonly ExposedApp[];
  body(): Buffer;
}

/** The apps by id. Text is kept per app, so that one change among 50,000 apps does not cost 50,000 serialisations. */
export function createAppBook(initial: readonly ExposedApp[]): AppBook {
  const apps = new Map(initial.map((app) => [app.appId, app]));
  const texts = new WeakMap<ExposedApp, string>();
  const kept: { sorted: readonly ExposedApp[] | undefined; body: Buffer | undefined } = {
    sorted: undefined,
    body: undefined,
  };
  const changed = (): void => {
    kept.sorted = undefined;
    kept.body = undefined;
  };
  const sorted = (): readonly ExposedApp[] => {
    kept.sorted ??= [...apps.values()].sort((a, b) => (a.appId < b.appId ? -1 : 1));
    return kept.sorted;
  };
  const textOf = (app: ExposedApp): string => {
    const text = texts.get(app) ?? JSON.stringify(app);
    texts.set(app, text);
    return text;
  };
  return {
    get(appId) {
      const app = apps.get(appId);
      if (app === undefined) throw new Error(`no app ${appId} in the cluster`);
      return app;
    },
    put(app) {
      apps.set(app.appId, app);
      changed();
    },
    drop(appId) {
      if (!apps.delete(appId)) throw new Error(`no app ${appId} in the cluster`);
      changed();
    },
    sorted,
    body() {
      kept.body ??= Buffer.from(`{"status":"SUCCESS","data":[${sorted().map(textOf).join(",")}],"message":"success"}`);
      return kept.body;
    },
  };
}

import type { TestContext } from "node:test";
import { type DemoApp, startApp } from "../../fake/demo-app.ts";
import { type Cluster, startCluster } from "../../fake/drove-cluster.ts";
import { exposedApp } from "../../fake/exposed-app.ts";
import { type Container, type ContainerOptions, startContainer } from "./container.ts";
import { eventually } from "./eventually.ts";
import { freePorts } from "./free-ports.ts";
import { type Answer, request } from "./request.ts";

export const vhost = "shop.test";

/** A Drove cluster with one app, `shop-1.0.0`, of one real instance. */
export interface Shop {
  readonly cluster: Cluster;
  readonly app: DemoApp;
}

/** A gateway container beside a cluster. */
export interface Gateway extends Container {
  readonly proxyPort: number;
  readonly apiPort: number;
  /** A request through the proxy to the shop. */
  visit(path?: string): Promise<Answer>;
  /** A request to the agent's API. */
  api(path: string, method?: string): Promise<Answer>;
  /** Waits until the shop answers. */
  serves(options?: { readonly deadlineMs?: number }): Promise<void>;
}

export const credentials = { user: "drove user", pass: `p"a'ss $HOME \\ wörd` };

/** Starts cluster and app; both go with the test. */
export async function startShop(t: TestContext): Promise<Shop> {
  const app = await startApp({ appId: "shop-1.0.0", instance: "first" });
  t.after(() => app.stop());
  const cluster = await startCluster({ controllers: 2, credentials, apps: [shopWith(app)] });
  t.after(() => cluster.stop());
  return { cluster, app };
}

/** Environment mode: what a first-time user passes to `docker run`, on ports of our own. */
export async function startGateway(t: TestContext, shop: Shop, options: ContainerOptions = {}): Promise<Gateway> {
  return startOnFreePorts(t, {
    ...options,
    env: {
      DROVE_CONTROLLERS: shop.cluster.urls.join(","),
      DROVE_USERNAME: credentials.user,
      DROVE_PASSWORD: credentials.pass,
      ...options.env,
    },
  });
}

/** A gateway whose ports are given by environment; the rest of its configuration is the caller's. */
export async function startOnFreePorts(t: TestContext, options: ContainerOptions): Promise<Gateway> {
  const [proxyPort = 0, apiPort = 0, statusPort = 0] = await freePorts(3);
  const container = await startContainer(t, {
    ...options,
    env: {
      DROVE_GATEWAY_PROXY_PORT: String(proxyPort),
      DROVE_GATEWAY_PORT: String(apiPort),
      DROVE_GATEWAY_NGINX_STATUS_ADDRESS: `127.0.0.1:${statusPort}`,
      DROVE_GATEWAY_HAPROXY_STATS_ADDRESS: `127.0.0.1:${statusPort}`,
      ...options.env,
    },
  });
  return withRequests(container, { proxyPort, apiPort });
}

function withRequests(
  container: Container,
  { proxyPort, apiPort }: { readonly proxyPort: number; readonly apiPort: number },
): Gateway {
  const visit = (path = "/"): Promise<Answer> => request({ port: proxyPort, path, vhost });
  return {
    ...container,
    proxyPort,
    apiPort,
    visit,
    api: (path, method = "GET") => request({ port: apiPort, path, method }),
    serves: async ({ deadlineMs = 30_000 } = {}) => {
      const served = async (): Promise<boolean> => (await visit()).status === 200;
      await eventually("the shop answers", served, { deadlineMs }).catch(async (error: unknown) => {
        throw new Error(`the log was:\n${(await container.logs()).all}`, { cause: error });
      });
    },
  };
}

function shopWith(app: DemoApp) {
  return exposedApp({ name: "shop", vhost, hosts: [app.endpoint] });
}

/*
 * A Drove cluster in this process: controllers that speak the controller API over real sockets, over one shared
 * state. Tests and the demo change that state and the controllers' manners; a gateway sees it as a cluster.
 *
 *   const cluster = await startCluster({ controllers: 2, credentials: { user: "guest", pass: "guest" } });
 *   cluster.urls;                                                  // for `drove = [...]`; the first one leads
 *   cluster.apps.add(exposedApp({ name: "shop", hosts: [exposedHost(31000)] }));     // vhost shop.test
 *   cluster.apps.scale("shop-1.0.0", 3);                           // two INSTANCE_STATE_CHANGE events
 *   cluster.apps.deploy("shop-1.0.0", { version: "2.0.0", hosts: [exposedHost(31005)] });
 *   cluster.electLeader(1);                                        // also electLeaders([0, 1]), electLeaders([])
 *   cluster.controller(0).fault({ kind: "slow", ms: 500 }, { on: ["endpoints"], times: 1 });   // then mend()
 *   await cluster.controller(0).stop();                            // refuses connections; start(): the same port
 *   await cluster.waitFor((seen) => seen.some((one) => one.call === "endpoints" && one.status === 200));
 *   cluster.requests();                                            // who asked what, on which connection, how judged
 *   await cluster.stop();
 *
 * HTTPS: `tls: makeCertificates()`, the authority is `cluster.ca` (PEM); `controller(0).present("expired")`.
 */
import type { Credentials } from "./authorization.ts";
import type { Certificates } from "./certificates.ts";
import { type ClusterState, createClusterState } from "./cluster-state.ts";
import { type Controller, startController } from "./controller.ts";
import type { EventType } from "./event-store.ts";
import type { ExposedApp, ExposedHost } from "./exposed-app.ts";
import { createRequestLog, type RequestLog, type SeenRequest } from "./request-log.ts";

export interface ClusterOptions {
  /** Default 1. The first one leads. */
  readonly controllers?: number;
  /** Default: everybody is let in. */
  readonly credentials?: Credentials;
  /** HTTPS with these certificates. */
  readonly tls?: Certificates;
  /** Apps from the start; they make no events. */
  readonly apps?: readonly ExposedApp[];
  /** The cluster's clock for events, ms since the epoch. Default: the machine's. */
  readonly now?: () => number;
  /** How long a leader remembers an event. Default one hour, as in Drove. */
  readonly retentionMs?: number;
  /** Address to listen on and, in URLs, to be reached at. Default 127.0.0.1. */
  readonly host?: string;
  /** Ports, one per controller. Default: any free ones. */
  readonly ports?: readonly number[];
  /** Makes up instances for `scale`, `deploy` and `addInstance`. */
  readonly place?: (appId: string) => ExposedHost;
}

export interface Cluster {
  readonly apps: ClusterState;
  /** Controllers in the order of `urls`. */
  readonly controllers: readonly Controller[];
  readonly urls: readonly string[];
  /** PEM of the authority that signed the trusted certificates; undefined over HTTP. */
  readonly ca: string | undefined;
  controller(index: number): Controller;
  /** One leader. Whoever gains or loses leadership forgets its events; LEADERSHIP_ACQUIRED is the first new one if "announced". */
  electLeader(index: number, news?: "announced" | "silent"): void;
  /** Any number of leaders: none, or a split brain in which each answers and records. */
  electLeaders(indexes: readonly number[]): void;
  /** Records an event at the leaders without a change of state. */
  emit(type: EventType): void;
  /** Changes state without events: what a gateway can find only by its resync. */
  quietly(change: (apps: ClusterState) => void): void;
  requests(): readonly SeenRequest[];
  forgetRequests(): void;
  waitFor: RequestLog["waitFor"];
  stop(): Promise<void>;
}

/** Starts a cluster. Stop it, or the process stays alive. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const log = createRequestLog();
  const controllers: Controller[] = [];
  const mode = { quiet: false };
  const emit = (type: EventType): void => {
    if (!mode.quiet) for (const controller of controllers) controller.record(type);
    log.stir();
  };
  const { apps, place } = options;
  const state = createClusterState({ emit, ...(apps && { apps }), ...(place && { place }) });
  for (let index = 0; index < (options.controllers ?? 1); index++) {
    controllers.push(await startController({ ...controllerOptions(options, index), state, log }));
  }
  const electLeaders = (indexes: readonly number[]): void => {
    for (const { index, setLeading } of controllers) setLeading(indexes.includes(index) ? "leader" : "follower");
    log.stir();
  };
  electLeaders([0]);
  return {
    ...views(controllers, log),
    apps: state,
    ca: options.tls?.ca,
    electLeaders,
    electLeader(index, news = "silent") {
      electLeaders([pick(controllers, index).index]);
      if (news === "announced") emit("LEADERSHIP_ACQUIRED");
    },
    emit,
    quietly(change) {
      mode.quiet = true;
      try {
        change(state);
      } finally {
        mode.quiet = false;
      }
    },
  };
}

function controllerOptions(options: ClusterOptions, index: number) {
  const { host = "127.0.0.1", ports, tls, credentials = {}, now = Date.now, retentionMs = 3_600_000 } = options;
  return { index, host, port: ports?.[index] ?? 0, certificates: tls, credentials, now, retentionMs };
}

function views(controllers: readonly Controller[], log: RequestLog) {
  return {
    controllers,
    urls: controllers.map((controller) => controller.url),
    controller: (index: number) => pick(controllers, index),
    requests: log.seen,
    forgetRequests: log.clear,
    waitFor: log.waitFor,
    async stop(): Promise<void> {
      await Promise.all(controllers.map((controller) => controller.stop()));
    },
  };
}

function pick(controllers: readonly Controller[], index: number): Controller {
  const controller = controllers[index];
  if (controller === undefined) throw new Error(`there is no controller ${index}`);
  return controller;
}

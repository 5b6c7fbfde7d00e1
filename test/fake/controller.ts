import { callOf } from "./answer.ts";
import type { Credentials } from "./authorization.ts";
import type { CertificateName, Certificates } from "./certificates.ts";
import type { ClusterState } from "./cluster-state.ts";
import { type ControllerServer, startControllerServer } from "./controller-server.ts";
import { createEventStore, type EventStore, type EventType } from "./event-store.ts";
import type { Fault, FaultScope } from "./faults.ts";
import type { RequestLog } from "./request-log.ts";

/** One controller of a cluster, as tests and the demo drive it. */
export interface Controller {
  readonly index: number;
  /** For the `drove` list of a namespace. */
  readonly url: string;
  readonly port: number;
  readonly leading: boolean;
  /** Its clock, ms since the epoch: the cluster's clock and the skew. */
  now(): number;
  /** From now on its clock is `ms` ahead (negative: behind). */
  skewClock(ms: number): void;
  /** Adds a fault. The first one that fits a call strikes. */
  fault(fault: Fault, scope?: FaultScope): void;
  /** Takes all faults away; answers that hang already go on to hang. */
  mend(): void;
  /** Shows another certificate; needs a cluster with `tls`. */
  present(name: CertificateName): void;
  /** Records an event, by its own clock, if it leads. */
  record(type: EventType): void;
  /** Cuts all connections, as a restarted load balancer would; new ones are welcome. */
  cutConnections(): void;
  /** The process is gone: connections are refused, events forgotten. It keeps its role: elect another to take over. */
  stop(): Promise<void>;
  /** Comes back on the same port. */
  start(): Promise<void>;
  /** Gains or loses leadership; either wipes its events. The cluster calls it. */
  setLeading(role: "leader" | "follower"): void;
}

export interface ControllerOptions {
  readonly index: number;
  readonly host: string;
  readonly port: number;
  readonly certificates: Certificates | undefined;
  readonly credentials: Credentials;
  readonly state: ClusterState;
  readonly log: RequestLog;
  readonly now: () => number;
  readonly retentionMs: number;
}

/** Starts a controller that follows. */
export async function startController(options: ControllerOptions): Promise<Controller> {
  const { index, host, port, certificates, credentials, state, log, retentionMs } = options;
  const events = createEventStore();
  const faults = createFaultList();
  const own = { leading: false, skewMs: 0 };
  const now = (): number => options.now() + own.skewMs;
  const server = await startControllerServer({
    index,
    host,
    port,
    tls: certificates?.trusted,
    log,
    nextFault: faults.next,
    view: {
      get leading() {
        return own.leading;
      },
      credentials,
      endpointsBody: state.endpointsBody,
      summarize(lastSyncTime) {
        events.forgetBefore(now() - retentionMs);
        return events.summarize(lastSyncTime);
      },
    },
  });
  return {
    ...controls({ server, events, certificates }),
    index,
    now,
    get leading() {
      return own.leading;
    },
    skewClock(ms) {
      own.skewMs = ms;
    },
    fault: faults.add,
    mend: faults.clear,
    record(type) {
      if (own.leading) events.record(type, now());
    },
    setLeading(role) {
      if (own.leading !== (role === "leader")) events.wipe();
      own.leading = role === "leader";
    },
  };
}

interface Controlled {
  readonly server: ControllerServer;
  readonly events: EventStore;
  readonly certificates: Certificates | undefined;
}

function controls({ server, events, certificates }: Controlled) {
  return {
    url: server.url,
    port: server.port,
    cutConnections: server.cutConnections,
    start: server.start,
    present(name: CertificateName): void {
      if (certificates === undefined) throw new Error("this cluster speaks HTTP: start it with tls");
      server.present(certificates[name]);
    },
    async stop(): Promise<void> {
      await server.stop();
      events.wipe();
    },
  };
}

/** The faults of one controller, in the order they were set. */
function createFaultList() {
  const active: { readonly fault: Fault; readonly scope: FaultScope; left: number }[] = [];
  return {
    add(fault: Fault, scope: FaultScope = {}): void {
      active.push({ fault, scope, left: scope.times ?? Number.POSITIVE_INFINITY });
    },
    clear(): void {
      active.length = 0;
    },
    /** The fault that strikes this request; it is counted. */
    next(target: string): Fault | undefined {
      const found = active.find(({ scope, left }) => left > 0 && (scope.on?.includes(callOf(target)) ?? true));
      if (found !== undefined) found.left -= 1;
      return found?.fault;
    },
  };
}

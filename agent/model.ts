/**
 * Every type that crosses a border between two stages:
 *
 *   NamespaceSnapshot → DesiredState → RenderedFile → Plan → ApplyReport
 *
 * All of it is plain, readonly data. This file imports nothing but the codes.
 */

import type { NoteCode, ReasonCode } from "./codes.ts";

export type { NoteCode, ReasonCode } from "./codes.ts";

/** One healthy instance as a controller reports it. Nothing about it is trusted yet. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** `HTTP`, `HTTPS`, `TCP` or `UDP` at the time of writing; any string may arrive. */
  readonly portType: string;
}

/** One exposed app as a controller reports it (`ExposedAppInfo`). Nothing about it is trusted yet. */
export interface DroveApp {
  readonly appName: string;
  readonly appId: string;
  readonly vhost: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly hosts: readonly Endpoint[];
}

/** The controller that leads a namespace. */
export interface Leader {
  /** The URL as configured. */
  readonly endpoint: string;
  readonly host: string;
  readonly port: number;
}

/** The newest known state of one namespace. */
export interface NamespaceSnapshot {
  readonly namespace: string;
  readonly apps: readonly DroveApp[];
  readonly leader: Leader | undefined;
  /** When a controller gave this answer, in ms since the epoch. */
  readonly fetchedAt: number;
  /** Time of the event that announced this content, in ms since the epoch by the controller's clock, if one did. */
  readonly eventAt?: number;
  /** `disk` when no controller has answered since the agent started. */
  readonly source: "controller" | "disk";
  /** Apps of the answer that could not be read at all (see drove/schema). */
  readonly notes: readonly Note[];
}

/** Something an operator should know that stopped nothing. `subject` names the app, key or vhost. */
export interface Note {
  readonly code: NoteCode;
  readonly subject: string;
  readonly message: string;
  readonly namespace?: string;
}

/** A checked endpoint: IP address or host name, port 1–65535, lower-case port type. */
export interface Member {
  readonly host: string;
  readonly port: number;
  readonly portType: string;
  /** Its share beside the others of its vhost, by the tag `weight` of its app; 1 if undefined. */
  readonly weight?: number;
}

/** IP addresses by the host that Drove said; a host that is one already is its own. */
export interface Addresses {
  /** IPv4 or IPv6, without brackets; undefined if the host has none. */
  get(host: string): string | undefined;
}

/** The members of a vhost that share a value of the routing tag. */
export interface Group {
  readonly name: string;
  readonly members: readonly Member[];
  readonly tags: Readonly<Record<string, string>>;
}

/** One virtual host with everything that serves it. An app without instances keeps its vhost, with no members. */
export interface Vhost {
  readonly name: string;
  readonly appIds: readonly string[];
  readonly namespaces: readonly string[];
  readonly members: readonly Member[];
  readonly tags: Readonly<Record<string, string>>;
  /** Sorted by name; a group without instances stays as long as one of its apps. */
  readonly groups: readonly Group[];
  /** The routing tag of the namespace, when one is configured. */
  readonly routingTagKey: string;
}

/**
 * Members that the proxy picks from together: a whole vhost, or one group of it where requests are routed by group. Built
 * of the desired state once addresses are known. HAProxy has them, and NGINX Plus, which calls them upstreams.
 */
export interface Backend {
  readonly name: string;
  readonly vhost: string;
  /** Undefined if it serves the whole vhost. */
  readonly group: string | undefined;
  /** The routing tag of the namespace, when one is configured. */
  readonly routingTagKey: string;
  /** True if it serves what names no group of the vhost. */
  readonly isDefault: boolean;
  readonly servers: readonly Server[];
  readonly tags: Readonly<Record<string, string>>;
  /** False if its servers come and go by reloads only: some of them speak neither HTTP nor HTTPS. */
  readonly changesAtRuntime: boolean;
}

/** A member as HAProxy or NGINX Plus knows it. */
export interface Server {
  readonly name: string;
  /** What Drove said. */
  readonly host: string;
  /** IPv4 or IPv6, without brackets. */
  readonly address: string;
  readonly port: number;
  readonly portType: string;
  /** What follows the address, in the configuration and in `add server` alike. */
  readonly attributes: string;
  /** Its share beside the others where nginx is told of it by DNS; 1 if undefined. */
  readonly weight?: number;
}

/** What templates see of a namespace besides its apps. */
export interface NamespaceView {
  readonly name: string;
  readonly leaderVhost: string;
  readonly leader: Leader | undefined;
  readonly routingTag: string;
}

/** What the proxy should serve. Arrays are sorted by name; equal input gives equal output. */
export interface DesiredState {
  readonly vhosts: readonly Vhost[];
  readonly namespaces: readonly NamespaceView[];
}

/** One proxy config file as a template made it. */
export interface RenderedFile {
  /** Absolute path of the file the proxy reads. */
  readonly path: string;
  readonly text: string;
  /** Names this content, or what of it only a reload can change: 16 hex digits. */
  readonly generation: string;
  /** When its text last changed, in ms since the epoch: what `datetime` printed, and the mtime of the file. */
  readonly renderedAt: number;
  /** True if the text itself carries `generation`, so that the proxy can be asked what it serves. */
  readonly carriesGeneration: boolean;
}

/** What is true of the proxy right now. Asked, never remembered. */
export interface RunningState {
  readonly running: boolean;
  /** True if the agent may start the proxy, should it not run. */
  readonly startable: boolean;
  /** As the proxy prints it (`1.30.6`), when it could be asked. */
  readonly version: string | undefined;
  /** The generation that the proxy serves; undefined if it does not say. */
  readonly servedGeneration: string | undefined;
  /** The config file on disk. */
  readonly file: { readonly text: string; readonly renderedAt: number } | undefined;
  /** True if an earlier apply ended (or was killed) between promotion and proof. */
  readonly unproven: boolean;
  /** Workers of earlier generations that still finish requests. */
  readonly oldWorkers: number;
  /** How many generations these are of; undefined if it is not known. */
  readonly oldGenerations?: number;
  /** What can be changed without a reload; undefined if nothing can, `runtimeFailure` says why if something should. */
  readonly runtime?: RunningBackends;
  readonly runtimeFailure?: string;
  /** Of nginx: why it cannot be told its servers by DNS, should it be one that could. */
  readonly dnsFailure?: string;
  /** What an operator should know of the proxy itself. */
  readonly notes?: readonly Note[];
}

/** What a proxy has right now that can change without a reload. */
export interface RunningBackends {
  /** All backends, those without servers included. */
  readonly names: ReadonlySet<string>;
  readonly servers: readonly RunningServer[];
  /** True if backends that are not here are no mistake: they change by reloads. */
  readonly isPartial?: boolean;
  /** True if the proxy has them from its file still, and has learned them by now: without a reload, they would stay. */
  readonly isLearned?: boolean;
  /** True if a reload leaves them as they are, and a new backend without any; else the file brings them. */
  readonly outliveReloads?: boolean;
}

/** One server that the proxy has right now. */
export interface RunningServer {
  readonly backend: string;
  readonly name: string;
  /** Without brackets; "-" if HAProxy could not resolve it. */
  readonly address: string;
  readonly port: number;
  /** `leaving`: it takes no new request and is removed as soon as its last one has ended; that is under way. */
  readonly state: "serving" | "maintenance" | "leaving";
  /** In the spelling of `Server.attributes`, where they can change at run time; undefined where they cannot. */
  readonly parameters?: string;
}

/** Why something is done. The code is a metric label; the subjects are for people. */
export interface Reason {
  readonly code: ReasonCode;
  /** Vhosts, keys or files; at most a handful, `count` tells how many there are. */
  readonly subjects: readonly string[];
  readonly count: number;
}

/** One change of a running proxy. */
export type Step =
  | {
      readonly kind: "add";
      readonly backend: string;
      readonly server: Server;
      /** True if it is new beside others that were there before. */
      readonly joins?: true;
    }
  /** Its host name resolves to another address now. */
  | { readonly kind: "readdress"; readonly backend: string; readonly server: Server }
  | { readonly kind: "modify"; readonly backend: string; readonly server: Server }
  /** It is there, but takes no requests. */
  | { readonly kind: "enable"; readonly backend: string; readonly server: Server }
  /** No new request from now on; gone when the last one has ended. */
  | { readonly kind: "remove"; readonly backend: string; readonly server: Pick<Server, "name"> };

/** What would be done, and why. Nothing is done that was not planned. */
export interface Plan {
  /**
   * `write`: only the file is brought in step: the proxy does not run and is not ours to start, or serves all that
   * already. `runtime`: the steps, then the file, without a reload.
   */
  readonly kind: "none" | "write" | "start" | "runtime" | "reload";
  readonly file: RenderedFile;
  readonly reasons: readonly Reason[];
  readonly steps: readonly Step[];
  /** Those that went ahead and are done already; none if undefined. */
  readonly taken?: readonly Step[];
  /** `implied`: the file has nothing that the proxy has not accepted before, but other members of the same kind. */
  readonly check: "needed" | "implied";
  /** False if the file stays as it is: it is right already, or not ours to write. */
  readonly writes: boolean;
  /** Backends that should have servers, but that neither the proxy nor the file has. */
  readonly missingBackends: readonly string[];
}

/** What a driver did. A failure is thrown as an AgentError instead. */
export interface ApplyReport {
  readonly generation: string;
  /** How it is known that the proxy serves the new generation; `runtime`: each step was answered. */
  readonly proof: "generation" | "workers" | "command" | "runtime" | "not-running";
  /** Time until the proxy accepted the file, and from then until the proof. */
  readonly tookMs: { readonly check: number; readonly reload: number };
  /** Steps that the proxy refused, in its own words; all others were done. */
  readonly failed: readonly StepFailure[];
}

/** A step that was not done. */
export interface StepFailure {
  readonly step: Step;
  readonly message: string;
}

/** One proxy beside us. A new proxy is one implementation of this and its templates. */
export interface ProxyDriver {
  readonly name: string;
  /** Asks the proxy and the disk what is true now. */
  observe(signal: AbortSignal): Promise<RunningState>;
  /**
   * Takes steps before anybody has looked, if the proxy is the very process of the last `observe`: then it has what it
   * had, and what was applied since. The next batch is planned while the proxy is at work on those before. Returns the
   * steps taken; what came of them is not told: whoever looks at the proxy afterwards plans again what was refused.
   * Where a driver lacks it, nothing goes ahead of `observe`.
   */
  moveAhead?(batches: Iterable<readonly Step[]>, signal: AbortSignal): Promise<readonly Step[]>;
  /** Throws an AgentError with the proxy's own words if it would refuse this file. */
  check(file: RenderedFile, signal: AbortSignal): Promise<void>;
  /** Checks, promotes, reloads or starts, and proves; on failure puts the previous file back and throws. */
  apply(plan: Plan, signal: AbortSignal): Promise<ApplyReport>;
  /** What goes on between cycles, until the signal aborts: drains, and a look at whether it is still the same proxy. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Every type that crosses a border between two stages:
 *
 *   NamespaceSnapshot → DesiredState → RenderedFile → Plan → ApplyReport
 *
 * All of it is plain, readonly data. This file imports nothing.
 */

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

/** The same codes stand in logs, metric labels, health text and docs. */
export type NoteCode =
  | "app-malformed"
  | "vhost-refused"
  | "vhost-shared"
  | "host-refused"
  | "port-refused"
  | "tag-refused"
  | "host-unresolved"
  | "config-unknown-key"
  | "config-deprecated"
  | "config-ignored"
  | "restart-needed"
  | "mount-replaced";

/** A checked endpoint: IP address or host name, port 1–65535, lower-case port type. */
export interface Member {
  readonly host: string;
  readonly port: number;
  readonly portType: string;
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
  /** Sorted by name. */
  readonly groups: readonly Group[];
  /** The routing tag of the namespace, when one is configured. */
  readonly routingTagKey: string;
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
  /** Names this content: 16 hex digits. */
  readonly generation: string;
  /** The time that `datetime` printed, in ms since the epoch; kept as the file's mtime. */
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
}

/** Why something is done. The code is a metric label; the subjects are for people. */
export interface Reason {
  readonly code: ReasonCode;
  /** Vhosts, keys or files; at most a handful, `count` tells how many there are. */
  readonly subjects: readonly string[];
  readonly count: number;
}

export type ReasonCode =
  | "first-config"
  | "vhost-added"
  | "vhost-removed"
  | "members-changed"
  | "attributes-changed"
  | "leader-changed"
  | "template-changed"
  | "config-changed"
  | "out-of-step"
  | "unproven"
  | "proxy-started";

/** What would be done, and why. Nothing is done that was not planned. */
export interface Plan {
  /** `write`: the proxy does not run and is not ours to start, so only its file is brought in step. */
  readonly kind: "none" | "write" | "start" | "reload";
  readonly file: RenderedFile;
  readonly reasons: readonly Reason[];
}

/** What a driver did. A failure is thrown as an AgentError instead. */
export interface ApplyReport {
  readonly generation: string;
  /** How it is known that the proxy serves the new generation. */
  readonly proof: "generation" | "workers" | "command" | "not-running";
  /** Time until the proxy accepted the file, and from then until the proof. */
  readonly tookMs: { readonly check: number; readonly reload: number };
}

/** One proxy beside us. A new proxy is one implementation of this and its templates. */
export interface ProxyDriver {
  readonly name: string;
  /** Asks the proxy and the disk what is true now. */
  observe(signal: AbortSignal): Promise<RunningState>;
  /** Throws an AgentError with the proxy's own words if it would refuse this file. */
  check(file: RenderedFile, signal: AbortSignal): Promise<void>;
  /** Checks, promotes, reloads or starts, and proves; on failure puts the previous file back and throws. */
  apply(plan: Plan, signal: AbortSignal): Promise<ApplyReport>;
}

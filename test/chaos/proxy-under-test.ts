/** The proxy of a world, by what may happen to it and what it can be asked. */
export interface ProxyUnderTest {
  /** `nginx 1.30.1`, for people. */
  readonly name: string;
  readonly platform: "nginx" | "haproxy";
  /** Whether a client's kept connection survives a reload. */
  readonly keepsConnections: boolean;
  readonly configFile: string;
  /** Where the config file and all that belongs to it is written. */
  readonly configFolder: string;
  /** Ports of the instances by vhost, as the running proxy has them, not as the agent believes; sorted. */
  serving(): Promise<ReadonlyMap<string, readonly number[]>>;
  /** No worker of a former generation is left. */
  isQuiet(): Promise<boolean>;
  /** All of it at once. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** A worker is killed; returns when another has taken its place. */
  killWorker(): Promise<void>;
  /** An operator reloads it by hand. */
  reload(): Promise<void>;
  /** What it has logged. */
  said(): Promise<string>;
}

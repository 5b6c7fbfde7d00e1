/** One healthy instance, as a controller lists it. Any string may stand in `host`: Drove checks nothing. */
export interface ExposedHost {
  readonly host: string;
  readonly port: number;
  readonly portType: string;
}

/** `ExposedAppInfo` of the Drove API. Any string may stand in vhost and tags. */
export interface ExposedApp {
  readonly appName: string;
  readonly appId: string;
  readonly vhost: string;
  readonly tags: Readonly<Record<string, string>> | null;
  readonly hosts: readonly ExposedHost[];
}

/** What a test says about an app; the rest is made up. */
export interface AppSketch {
  readonly name: string;
  /** Default `1.0.0`. */
  readonly version?: string;
  /** Default `NAME.test`. */
  readonly vhost?: string;
  /** Default null, which is what Drove sends for an app without tags. */
  readonly tags?: Readonly<Record<string, string>> | null;
  readonly hosts?: readonly ExposedHost[];
}

/** An app as Drove names it: `appId` is `NAME-VERSION`. */
export function exposedApp(sketch: AppSketch): ExposedApp {
  const { name, version = "1.0.0", vhost = `${name}.test`, tags = null, hosts = [] } = sketch;
  return { appName: name, appId: `${name}-${version}`, vhost, tags, hosts };
}

/** An instance that serves HTTP on loopback. */
export function exposedHost(port: number, { host = "127.0.0.1", portType = "HTTP" } = {}): ExposedHost {
  return { host, port, portType };
}

/** `count` apps named app-00000 and so on, for load: instances on 10.x.y.z addresses that nobody listens on. */
export function manyApps(count: number, { hostsPerApp = 1 }: { readonly hostsPerApp?: number } = {}): ExposedApp[] {
  return Array.from({ length: count }, (_, app) =>
    exposedApp({
      name: `app-${String(app).padStart(5, "0")}`,
      hosts: Array.from({ length: hostsPerApp }, (_, instance) =>
        exposedHost(31_000 + (app % 1000), { host: `10.${instance % 256}.${(app >> 8) % 256}.${app % 256}` }),
      ),
    }),
  );
}

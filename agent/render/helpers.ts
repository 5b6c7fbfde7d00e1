import type { AppData, HostData } from "./template-data.ts";

/*
 * Functions of our own templates, called as `it.upstreamName(…)`. They are where text becomes safe for a proxy's
 * configuration.
 */

/** A string as nginx reads it, in double quotes. Throws for what nginx cannot quote: `$` has no escape there. */
export function nginxString(value: string): string {
  if (/[\p{Cc}$]/u.test(value))
    throw new Error(`${JSON.stringify(value)} cannot stand in an nginx string ($ or control character)`);
  return `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
}

/** A word as HAProxy reads it: bare if that is safe, else in single quotes, where nothing has a meaning. */
export function haproxyString(value: string): string {
  if (/\p{Cc}/u.test(value)) throw new Error(`${JSON.stringify(value)} has a control character`);
  if (/^[A-Za-z0-9_.,:;/@%+=~*[\]-]+$/.test(value)) return value;
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** The same where HAProxy takes a log-format, as for the value of a header. */
export function haproxyFormat(value: string): string {
  return haproxyString(value.replaceAll("%", "%%"));
}

/** Text in the parentheses of an expression, such as a path. Throws for what would need quotes there. */
export function haproxyArgument(value: string): string {
  if (!/^[A-Za-z0-9_./:@%+=~-]+$/.test(value))
    throw new Error(`${JSON.stringify(value)} cannot stand in an expression`);
  return value;
}

/** The name of a vhost's upstream. Unique, since vhosts are and `*` stands only in front and no label begins with `-`. */
export function upstreamName(vhost: string): string {
  return `gw_${vhost.replace("*", "-")}`;
}

/** Text for a comment: one line, printable, short. */
export function commentText(value: string): string {
  return value.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 200);
}

/** How a vhost's instances are spoken to. One upstream has one protocol. */
export interface Serving {
  readonly scheme: "http" | "https" | "grpc" | "grpcs";
  readonly hosts: readonly HostData[];
  /** Instances of the rarer port type, when a vhost mixes HTTP and HTTPS. They get no traffic. */
  readonly leftOut: readonly HostData[];
}

/**
 * The protocol of a vhost: HTTPS where the port type says so, gRPC where the tag `protocol` is `grpc`. UDP cannot be
 * served; where HTTP and HTTPS are mixed (an app on its way from one to the other) the more frequent serves.
 */
export function servingOf(app: Pick<AppData, "Hosts" | "Tags">): Serving {
  const secure = app.Hosts.filter((host) => host.PortType === "https");
  const plain = app.Hosts.filter((host) => host.PortType !== "https" && host.PortType !== "udp");
  const isSecure = secure.length > plain.length;
  const isGrpc = app.Tags["protocol"]?.toLowerCase() === "grpc";
  const scheme = isGrpc ? (isSecure ? "grpcs" : "grpc") : isSecure ? "https" : "http";
  return { scheme, hosts: isSecure ? secure : plain, leftOut: isSecure ? plain : secure };
}

/** nginx's bucket for names as long as the longest: 128 holds up to about 118 characters, 64 only about 50. */
export function hashBucketSize(names: readonly string[]): number {
  const longest = names.reduce((most, name) => Math.max(most, name.length), 0);
  if (longest <= 100) return 128;
  return longest <= 220 ? 256 : 512;
}

/** nginx builds its hash without complaint when it may use twice as many buckets as there are names. */
export function hashMaxSize(count: number): number {
  return Math.max(512, 2 ** Math.ceil(Math.log2(Math.max(1, count) * 2)));
}

/** True if `version` is at least `least`, e.g. `atLeast(it.NginxVersion, [1, 27, 4])`. */
export function atLeast(version: readonly [number, number, number], least: readonly [number, number, number]): boolean {
  const first = version.findIndex((part, index) => part !== least[index]);
  return first === -1 || (version[first] ?? 0) > (least[first] ?? 0);
}

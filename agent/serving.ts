import { canonical, inBrackets } from "./address.ts";

/*
 * How nginx serves a vhost. Its template and whoever tells NGINX Plus its servers have to agree about it.
 */

/** How a vhost's instances are spoken to. One upstream has one protocol. */
export interface Serving<Host> {
  readonly scheme: "http" | "https" | "grpc" | "grpcs";
  readonly hosts: readonly Host[];
  /** Instances of the rarer port type, when a vhost mixes HTTP and HTTPS. They get no traffic. */
  readonly leftOut: readonly Host[];
}

/**
 * The protocol of a vhost: HTTPS where the port type says so, gRPC where the tag `protocol` is `grpc`. UDP cannot be
 * served; where HTTP and HTTPS are mixed (an app on its way from one to the other) the more frequent serves.
 */
export function chooseServing<Host>(
  hosts: readonly Host[],
  {
    tags,
    portTypeOf,
  }: { readonly tags: Readonly<Record<string, string>>; readonly portTypeOf: (host: Host) => string },
): Serving<Host> {
  const isGrpc = tags["protocol"]?.toLowerCase() === "grpc";
  const isPlain = (host: Host) => portTypeOf(host) !== "https" && portTypeOf(host) !== "udp";
  // As nearly everywhere: nothing to choose from, nothing to copy.
  if (hosts.every(isPlain)) return { scheme: isGrpc ? "grpc" : "http", hosts, leftOut: [] };
  const secure = hosts.filter((host) => portTypeOf(host) === "https");
  const plain = hosts.filter(isPlain);
  const isSecure = secure.length > plain.length;
  const scheme = isGrpc ? (isSecure ? "grpcs" : "grpc") : isSecure ? "https" : "http";
  return { scheme, hosts: isSecure ? secure : plain, leftOut: isSecure ? plain : secure };
}

/** The name of a vhost's upstream. Unique, since vhosts are and `*` stands only in front and no label begins with `-`. */
export function upstreamName(vhost: string): string {
  return `gw_${vhost.replace("*", "-")}`;
}

/** The name that the agent has for an upstream of a config. Templates of users may call theirs by the vhost alone. */
export function ownUpstreamName(name: string): string {
  return name.startsWith("gw_") ? name : upstreamName(name);
}

/**
 * An address and a port as nginx names a server of an upstream, IPv6 in brackets. One IPv6 address has many spellings;
 * this is always the same one.
 */
export function serverName(address: string, port: number): string {
  return `${inBrackets(canonical(address))}:${port}`;
}

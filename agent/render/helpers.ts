import { hasControl } from "../control-characters.ts";
import { chooseServing, type Serving } from "../serving.ts";
import type { AppData, HostData } from "./template-data.ts";

export { upstreamName } from "../serving.ts";

/*
 * Functions of our own templates, called as `it.upstreamName(…)`. They are where text becomes safe for a proxy's
 * configuration.
 */

/** A string as nginx reads it, in double quotes. Throws for what nginx cannot quote: `$` has no escape there. */
export function nginxString(value: string): string {
  if (hasControl(value) || value.includes("$"))
    throw new Error(`${JSON.stringify(value)} cannot stand in an nginx string ($ or control character)`);
  return `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
}

/** A word as HAProxy reads it: bare if that is safe, else in single quotes, where nothing has a meaning. */
export function haproxyString(value: string): string {
  if (hasControl(value)) throw new Error(`${JSON.stringify(value)} has a control character`);
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

/** Text for a comment: one line, printable, short. */
export function commentText(value: string): string {
  return value.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 200);
}

/** How an app or group is spoken to, and which of its instances have a part in it, see serving.ts. */
export function servingOf(app: Pick<AppData, "Hosts" | "Tags">): Serving<HostData> {
  return chooseServing(app.Hosts, { tags: app.Tags, portTypeOf: (host) => host.PortType });
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

import { inBrackets } from "../address.ts";
/** The functions that the gateway adds to Go's: Go's strings package in its argument order, and a few of its own. */

import { checkLength, type GoFunction, printed } from "./go-template/index.ts";
import { timeValue, type Zone, zoneOf } from "./go-time.ts";

export interface GatewayWorld {
  /** What `getenv` sees. */
  readonly environment: Readonly<Record<string, string>>;
  /** What `datetime` is, in ms since the epoch. */
  readonly now: () => number;
  /** As in TZ: an IANA name; empty or unknown means UTC. */
  readonly timeZone: string;
  /** When the process began, in ms since the epoch: Go prints the seconds since then behind the time, ` m=+1.5`. */
  readonly startedAt?: number;
}

/** `hasPrefix hasSuffix contains split join trim replace tolower getenv datetime hostport raw`. */
export function gatewayFunctions(current: () => GatewayWorld): Readonly<Record<string, GoFunction>> {
  const text = (count: number) => Array<string>(count).fill("string");
  const zones = new Map<string, Zone>();
  const datetime = () => {
    const world = current();
    const zone = zones.get(world.timeZone) ?? zoneOf(world.timeZone);
    zones.set(world.timeZone, zone);
    return timeValue({ ...clock(world), zone });
  };
  return {
    hasPrefix: { fn: (whole: string, start: string) => whole.startsWith(start), params: text(2), result: "bool" },
    hasSuffix: { fn: (whole: string, end: string) => whole.endsWith(end), params: text(2), result: "bool" },
    contains: { fn: (whole: string, part: string) => whole.includes(part), params: text(2), result: "bool" },
    split: { fn: split, params: text(2), result: "[]string" },
    join: { fn: join, params: ["[]string", "string"], result: "string" },
    trim: { fn: trim, params: text(2), result: "string" },
    replace: { fn: replace, params: [...text(3), "int"], result: "string" },
    tolower: { fn: toLower, params: text(1), result: "string" },
    getenv: { fn: (name: string) => environmentValue(current(), name), params: text(1), result: "string" },
    datetime: { fn: datetime, params: [] },
    // What it is given is printed as it is, whatever it means there. Ours.
    raw: { fn: (whole: string) => whole, params: text(1), result: "string" },
    hostport: { fn: hostPort, params: ["string", "interface {}"], result: "string" },
  };
}

/** Without a separator, into characters. */
function split(whole: string, separator: string): readonly string[] {
  return separator === "" ? [...whole] : whole.split(separator);
}

function join(texts: readonly string[] = [], separator: string): string {
  checkLength(texts.reduce((sum, text) => sum + text.length + separator.length, 0));
  return texts.join(separator);
}

/** The second argument is a set of characters, not a suffix. */
function trim(whole: string, cutset: string): string {
  const cut = new Set(cutset);
  const characters = [...whole];
  const first = characters.findIndex((character) => !cut.has(character));
  const last = characters.findLastIndex((character) => !cut.has(character));
  return first === -1 ? "" : characters.slice(first, last + 1).join("");
}

/** As many times as `count` says; a negative count means all. An empty `old` stands before each character and at the end. */
function replace(whole: string, old: string, replacement: string, count: number): string {
  const pieces = old === "" ? ["", ...whole] : whole.split(old);
  const found = old === "" ? pieces.length : pieces.length - 1;
  const times = count < 0 ? found : Math.min(Number(count), found);
  checkLength(whole.length + times * replacement.length);
  if (old !== "") return pieces.slice(0, times + 1).join(replacement) + rest(pieces, old, times + 1);
  const replaced = pieces.slice(0, times).map((piece) => piece + replacement);
  return replaced.join("") + pieces.slice(times).join("");
}

function rest(pieces: readonly string[], separator: string, from: number): string {
  return pieces
    .slice(from)
    .map((piece) => separator + piece)
    .join("");
}

/** Character by character, as Go does: neither longer than before nor dependent on what stands around. */
function toLower(text: string): string {
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase();
  return Array.from(text.toWellFormed(), (character) => {
    const [lower = ""] = character.toLowerCase();
    return lower;
  }).join("");
}

function environmentValue({ environment }: GatewayWorld, name: string): string {
  return Object.hasOwn(environment, name) ? (environment[name] ?? "") : "";
}

function clock({ now, startedAt }: GatewayWorld): { readonly epochMs: number; readonly monotonic: string } {
  const epochMs = now();
  const sinceStart = startedAt === undefined ? 0 : Math.max(epochMs - startedAt, 0);
  return { epochMs, monotonic: startedAt === undefined ? "" : ` m=+${(sinceStart / 1000).toFixed(9)}` };
}

/** `host:port`, with brackets around IPv6. Ours; net.JoinHostPort. */
function hostPort(host: string, port: unknown): string {
  return `${inBrackets(host)}:${printed(port)}`;
}

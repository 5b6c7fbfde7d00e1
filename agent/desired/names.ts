import { ipFamily } from "../address.ts";
import { hasControl } from "../control-characters.ts";

/*
 * The grammar of everything that Drove sends and a proxy's config will carry. Drove checks a vhost only for being
 * non-empty, so any string can arrive here; what passes cannot break out of a directive.
 */

/** A checked value, or why it was refused. */
export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** A vhost: lower-cased host name of at most 253 characters, `*.` in front allowed, one trailing dot dropped. */
export function checkVhost(raw: string): Checked<string> {
  const name = raw.toLowerCase().replace(/\.$/, "");
  const bare = name.startsWith("*.") ? name.slice(2) : name;
  if (bare === "") return refused(raw, "is empty");
  if (ipFamily(bare) !== 0) return refused(raw, "is an IP address, not a host name");
  return checkLabels(raw, bare, name);
}

/** The host of an instance: an IP address (IPv6 without brackets or zone) or a host name. */
export function checkHost(raw: string): Checked<string> {
  const lower = raw.toLowerCase();
  const host = lower.startsWith("[") && lower.endsWith("]") ? lower.slice(1, -1) : lower;
  if (ipFamily(host) !== 0) return host.includes("%") ? refused(raw, "has an IPv6 zone") : { ok: true, value: host };
  const name = host.replace(/\.$/, "");
  if (name === "") return refused(raw, "is empty");
  // "127.1" and "0x7f000001" are addresses to a C library, though not to us.
  if (/^(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*$/.test(name)) return refused(raw, "is not a whole IP address");
  return checkLabels(raw, name, name);
}

/** A TCP port that a server can have. */
export function checkPort(raw: number): Checked<number> {
  if (Number.isInteger(raw) && raw >= 1 && raw <= 65_535) return { ok: true, value: raw };
  return { ok: false, reason: `port ${raw} is not from 1 to 65535` };
}

/** A group's name, from the value of the routing tag: it becomes part of a backend's name. */
export function checkGroup(raw: string): Checked<string> {
  const name = raw.toLowerCase();
  if (/^[a-z0-9_.:-]{1,128}$/.test(name)) return { ok: true, value: name };
  return refused(raw, "may only have letters, digits and . _ : - (at most 128)");
}

/**
 * A tag's value is data, but one that spans lines or hides control characters has no honest use in a config, and one of
 * the last two planes of Unicode has none anywhere: there, what templates print is marked (see render/guard).
 */
export function checkTagValue(raw: string): Checked<string> {
  if (raw.length > 4096) return refused(raw, "is longer than 4096 characters");
  if (/[\u{f0000}-\u{10ffff}]/u.test(raw)) return refused(raw, "has characters of a private-use plane");
  return hasControl(raw) ? refused(raw, "has control characters") : { ok: true, value: raw };
}

/** Text that may have come from anywhere, fit for one line of a log: quoted, escaped, cut. */
export function quoted(raw: string): string {
  const text = JSON.stringify(raw.length > 80 ? `${raw.slice(0, 80)}…` : raw);
  return text.replaceAll(
    /[\u007f-\u009f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function checkLabels(raw: string, name: string, value: string): Checked<string> {
  if (hasControl(raw)) return refused(raw, "has control characters");
  // Looked for in what was sent: lower-casing turns some other letters (the Kelvin sign) into ASCII.
  if (/[^\x20-\x7e]/.test(raw)) return refused(raw, "has characters outside ASCII; use the xn-- form of the name");
  if (name.length > 253) return refused(raw, `has ${name.length} characters, more than 253`);
  const bad = name.split(".").find((part) => !label.test(part));
  if (bad !== undefined) return refused(raw, `has ${quoted(bad)} between its dots, which no host name can have`);
  if (name === "_") return refused(raw, "is not a host name");
  return { ok: true, value };
}

function refused(raw: string, why: string): Checked<never> {
  return { ok: false, reason: `${quoted(raw)} ${why}` };
}

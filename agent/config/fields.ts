import * as v from "valibot";
import { ipFamily } from "../address.ts";
import { Secret } from "./secret.ts";

/*
 * The kinds of values that keys have. Each message completes "KEY …" and says what would be right; the default is
 * also what the environment reads the kind of a key from.
 */

/** Any text. */
export const text = (fallback = "") => v.optional(v.string("must be a string"), fallback);

/** Text that must not be empty. */
export const someText = (fallback: string) =>
  v.optional(v.pipe(v.string("must be a string"), v.trim(), v.minLength(1, "must not be empty")), fallback);

/** Text kept as it is, spaces included, that must not be empty. */
export const delimiter = (fallback: string) =>
  v.optional(v.pipe(v.string("must be a string"), v.minLength(1, "must not be empty")), fallback);

/** Text that templates print into the proxy's config: nothing that could end a directive. */
export const directiveText = (fallback = "") =>
  v.optional(
    v.pipe(
      v.string("must be a string"),
      v.regex(/^[^\x00-\x1f\x7f-\x9f;{}"'\\]*$/, "must not contain quotes, ; { } or \\"),
    ),
    fallback,
  );

/** Words of a line in HAProxy's config and of a command to it: whatever ends a line or a command is refused. */
export const oneLine = (fallback = "") =>
  v.optional(
    v.pipe(v.string("must be a string"), v.regex(/^[^\x00-\x1f\x7f-\x9f;#]*$/, "must be one line without ; and #")),
    fallback,
  );

/** Part of a name of a backend or server. */
export const haproxyName = (fallback: string) =>
  v.optional(
    v.pipe(v.string("must be a string"), v.regex(/^[A-Za-z0-9_.:-]*$/, "may only have letters, digits and . _ : -")),
    fallback,
  );

export const flag = (fallback = false) => v.optional(v.boolean("must be true or false"), fallback);

export const list = () =>
  v.optional(v.array(v.string("must be a string"), "must be a list of strings"), () => [] as string[]);

/** A credential. */
export const secret = () =>
  v.optional(
    v.pipe(
      v.union([v.string(), v.instance(Secret)], "must be a string"),
      v.transform((value) => (value instanceof Secret ? value : new Secret(value))),
    ),
    () => new Secret(""),
  );

/** Seconds, fractions allowed, at most a day. */
export const seconds = (fallback: number, minimum = 0.1) =>
  v.optional(
    v.pipe(
      v.number("must be a number"),
      v.minValue(minimum, `must be at least ${minimum}`),
      v.maxValue(86_400, "must be at most 86400"),
    ),
    fallback,
  );

/** A whole number within bounds. */
export const whole = (fallback: number, minimum: number, maximum: number) =>
  v.optional(
    v.pipe(
      v.number("must be a number"),
      v.integer("must be a whole number"),
      v.minValue(minimum, `must be at least ${minimum}`),
      v.maxValue(maximum, `must be at most ${maximum}`),
    ),
    fallback,
  );

const portMessage = "must be a port from 1 to 65535";

/** A port, as a number or as a string: old files have both. */
export const port = (fallback: number) =>
  v.optional(
    v.pipe(
      v.union([v.number(), v.string()], portMessage),
      v.transform((value) => (typeof value === "string" && /^\d+$/.test(value.trim()) ? Number(value) : value)),
      v.number(portMessage),
      v.integer(portMessage),
      v.minValue(1, portMessage),
      v.maxValue(65_535, portMessage),
    ),
    fallback,
  );

/** A time in nginx's own notation: `10s`, `1m30s`, `500ms`. */
export const nginxTime = (fallback: string) => {
  const message = "must be a time such as 10s";
  return v.optional(v.pipe(v.string(message), v.check(isNginxTime, message)), fallback);
};

/** One of a few words, in any case. */
export const choice = <const T extends readonly string[]>(options: T, fallback: T[number]) => {
  const message = `must be one of ${options.map((option) => `"${option}"`).join(", ")}`;
  return v.optional(v.pipe(v.string(message), v.toLowerCase(), v.picklist(options, message)), fallback);
};

/** What logrus called some levels; the old daemon took them. */
const levelAliases: Readonly<Record<string, string>> = { warning: "warn", fatal: "error", panic: "error" };

export const logLevel = () => {
  const message = "must be one of trace, debug, info, warn, error";
  return v.optional(
    v.pipe(
      v.string(message),
      v.toLowerCase(),
      v.transform((value) => levelAliases[value] ?? value),
      v.picklist(["trace", "debug", "info", "warn", "error"], message),
    ),
    "info",
  );
};

/** An IP address and a port. */
export const ipAndPort = (fallback: string) => {
  const message = "must be an IP address and a port, such as 127.0.0.1:6001";
  return v.optional(v.pipe(v.string(message), v.check(isIpAndPort, message)), fallback);
};

/** Empty, or `host:port`. */
export const apiAddress = () => {
  const message = "must be host:port, such as 127.0.0.1:8080";
  return v.optional(
    v.pipe(
      v.string(message),
      v.check((value) => value === "" || isHostAndPort(value), message),
    ),
    "",
  );
};

/** Empty, a path, or `host:port` with an optional `ipv4@` or `ipv6@` in front: the forms HAProxy itself takes. */
export const socketAddress = () => {
  const message = "must be the path of a socket or host:port, such as /run/haproxy/admin.sock";
  return v.optional(v.pipe(v.string(message), v.check(isSocketAddress, message)), "");
};

/** The URL of a controller, without credentials in it. */
export const controllerUrl = v.pipe(
  v.string("must be a URL in quotes"),
  v.trim(),
  v.check(isControllerUrl, "must be a URL such as https://drove1.example:8080, without user or password in it"),
);

/** Splits `127.0.0.1:6001` or `[::1]:6001`; undefined if it is neither. */
export function splitHostAndPort(value: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>[^:]+)):(?<port>\d{1,5})$/.exec(value);
  const host = match?.groups?.["v6"] ?? match?.groups?.["v4"];
  const number = Number(match?.groups?.["port"]);
  return host === undefined || number < 1 || number > 65_535 ? undefined : { host, port: number };
}

const nginxUnits: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  M: 2_592_000,
  y: 31_536_000,
};

/** The seconds of a time in nginx's notation; a number without a unit is one. NaN if it is no such time. */
export function nginxSeconds(time: string): number {
  if (!isNginxTime(time)) return Number.NaN;
  const parts = [...time.matchAll(/(\d+)(ms|[smhdwMy])?/g)];
  return parts.reduce((sum, [, count, unit = "s"]) => sum + Number(count) * (nginxUnits[unit] ?? 1), 0);
}

/** The length first: the pattern's effort grows with its square. */
function isNginxTime(value: string): boolean {
  return value.length <= 32 && /^\d+(ms|[smhdwMy])?(\d+(ms|[smhdwMy]))*$/.test(value);
}

function isHostAndPort(value: string): boolean {
  return !/[\s/@]/.test(value) && splitHostAndPort(value) !== undefined;
}

function isIpAndPort(value: string): boolean {
  const parts = splitHostAndPort(value);
  return parts !== undefined && ipFamily(parts.host) !== 0;
}

function isSocketAddress(value: string): boolean {
  if (value === "" || /^(unix@)?\.{0,2}\//.test(value)) return !value.includes("\u0000");
  const bare = value.replace(/^ipv[46]@/, "");
  // HAProxy splits at the last colon, so that `ipv6@::1:9999` is the port 9999 of ::1.
  return isHostAndPort(bare) || (value.startsWith("ipv6@") && isHostAndPort(bare.replace(/^(.*):(\d+)$/, "[$1]:$2")));
}

function isControllerUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return /^https?:$/.test(url.protocol) && url.username === "" && url.password === "" && url.hostname !== "";
}

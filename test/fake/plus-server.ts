import { isIP } from "node:net";
import { Refusal } from "./plus-errors.ts";

/** One server of an upstream, in the order in which the API prints its fields. */
export interface ConfServer {
  readonly id: number;
  readonly server: string;
  readonly weight: number;
  readonly max_conns: number;
  readonly max_fails: number;
  readonly fail_timeout: string;
  readonly slow_start: string;
  readonly route: string;
  readonly backup: boolean;
  readonly down: boolean;
  readonly drain?: boolean;
  /** Of a server that a name was resolved to. */
  readonly parent?: string;
  readonly host?: string;
}

const defaults = {
  weight: 1,
  max_conns: 0,
  max_fails: 1,
  fail_timeout: "10s",
  slow_start: "0s",
  route: "",
  backup: false,
  down: false,
};

/** What may stand in a request, and what it must be. */
const parameters: Readonly<Record<string, "text" | "number" | "flag">> = {
  server: "text",
  weight: "number",
  max_conns: "number",
  max_fails: "number",
  fail_timeout: "text",
  slow_start: "text",
  route: "text",
  backup: "flag",
  down: "flag",
  drain: "flag",
};

/** Part of a server, as a request has it. */
export type ServerChange = Partial<Omit<ConfServer, "id" | "parent" | "host">>;

/** Reads the body of a POST or PATCH. */
export function readChange(body: string): ServerChange {
  const parsed = parse(body);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw new Refusal("JsonError");
  for (const [name, value] of Object.entries(parsed)) checkParameter(name, value);
  const change = parsed as ServerChange;
  checkValues(change);
  return change;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refusal("JsonError");
  }
}

function checkParameter(name: string, value: unknown): void {
  if (typeof value === "object") throw new Refusal("UpstreamConfFormatError", "nested object or list");
  const kind = parameters[name];
  if (kind === undefined) throw new Refusal("UpstreamConfFormatError", `unknown parameter "${name}"`);
  const is = kind === "text" ? typeof value === "string" : typeof value === (kind === "flag" ? "boolean" : "number");
  if (!is) throw new Refusal("UpstreamConfFormatError", `invalid "${name}" value`);
}

function checkValues({ weight, max_conns, max_fails, fail_timeout, slow_start, route }: ServerChange): void {
  if (weight !== undefined && !isWhole(weight, 1)) throw new Refusal("UpstreamBadWeight");
  if (max_conns !== undefined && !isWhole(max_conns, 0)) throw new Refusal("UpstreamBadMaxConns");
  if (max_fails !== undefined && !isWhole(max_fails, 0)) throw new Refusal("UpstreamBadMaxFails");
  if (fail_timeout !== undefined && secondsOf(fail_timeout) === undefined) throw new Refusal("UpstreamBadFailTimeout");
  if (slow_start !== undefined && secondsOf(slow_start) === undefined) throw new Refusal("UpstreamBadSlowStart");
  if (route !== undefined && route.length > 32) throw new Refusal("UpstreamBadRoute");
}

function isWhole(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least;
}

/** The server that a POST makes. */
export function newServer(id: number, change: ServerChange): ConfServer {
  if (change.server === undefined) throw new Refusal("UpstreamConfFormatError", 'missing "server" argument');
  return withChange({ id, server: "", ...defaults }, change);
}

/** The server that a PATCH leaves. */
export function withChange(before: ConfServer, change: ServerChange): ConfServer {
  const { drain: drains = before.drain, ...rest } = change;
  const { drain: _, ...kept } = before;
  return {
    ...kept,
    ...rest,
    server: rest.server === undefined ? before.server : address(rest.server),
    fail_timeout: printed(rest.fail_timeout ?? before.fail_timeout),
    slow_start: printed(rest.slow_start ?? before.slow_start),
    ...(drains && { drain: true }),
  };
}

/** An address as nginx prints it: with its port. */
function address(raw: string): string {
  const [, host = "", port = "80"] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(raw) ?? [];
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (isIP(bare) === 0) {
    if (/^[a-z0-9.-]+$/i.test(bare)) throw new Refusal("UpstreamConfNoResolver");
    throw new Refusal("UpstreamBadAddress", "invalid host");
  }
  if (Number(port) < 1 || Number(port) > 65_535) throw new Refusal("UpstreamBadAddress", "invalid port");
  return `${host}:${port}`;
}

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A time of nginx in whole seconds: these parameters know no milliseconds. */
function secondsOf(text: string): number | undefined {
  if (!/^(\d+[smhd]?)+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+)([smhd]?)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (units[unit || "s"] ?? 1),
    0,
  );
}

function printed(time: string): string {
  return `${secondsOf(time) ?? 0}s`;
}

/** The line of a state file. What has its default is left out. */
export function stateLine(server: ConfServer): string {
  const words = (["weight", "max_conns", "max_fails", "fail_timeout", "slow_start", "route"] as const)
    .filter((name) => server[name] !== defaults[name])
    .map((name) => `${name}=${server[name]}`);
  const flags = (["backup", "down", "drain"] as const).filter((name) => server[name]);
  return `server ${[server.server, ...words, ...flags].join(" ")};`;
}

/** Reads the parameters of a `server` directive, of a state file or of a config. */
export function serverOf(id: number, [name = "", ...words]: readonly string[]): ConfServer {
  const given = Object.fromEntries(
    words.map((word) => {
      const [key = "", value] = word.split("=", 2);
      return [key, value === undefined ? true : parameters[key] === "number" ? Number(value) : value];
    }),
  );
  return newServer(id, { ...(given as ServerChange), server: name });
}

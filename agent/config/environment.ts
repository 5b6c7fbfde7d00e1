import type { Note } from "../model.ts";
import { type KeyKind, namespaceKeys, topLevelKeys } from "./keys.ts";
import { nearest } from "./suggest.ts";

/** A key's value from a variable. A text that does not fit the key's kind stays text, for the schema to refuse. */
export interface Setting {
  readonly key: string;
  readonly value: unknown;
  readonly variable: string;
}

/** What the environment says, sorted by what it is about. An empty variable counts as unset. */
export interface EnvironmentSettings {
  /** `CONFIG_FILE_PATH`. */
  readonly configFile: string | undefined;
  /** `DROVE_GATEWAY_DEFAULTS`: a TOML file below everything else. */
  readonly defaultsFile: string | undefined;
  /** `TEMPLATE_FILE_PATH`: which key it is depends on the proxy. */
  readonly templateFile: string | undefined;
  /** The documented `DROVE_*` of environment mode, by the key of the namespace they set. */
  readonly cluster: readonly Setting[];
  /** `DROVE_GATEWAY_<KEY>` of keys at top level. */
  readonly topLevel: readonly Setting[];
  /** `DROVE_GATEWAY_<KEY>` of keys of a namespace. */
  readonly namespace: readonly Setting[];
  readonly notes: readonly Note[];
}

type Environment = Readonly<Record<string, string | undefined>>;

const prefix = "DROVE_GATEWAY_";

const clusterVariables: ReadonlyMap<string, string> = new Map([
  ["DROVE_CONTROLLERS", "drove"],
  ["DROVE_CLUSTER_NAME", "name"],
  ["NGINX_DROVE_VHOST", "leader_vhost"],
  ["DROVE_USERNAME", "user"],
  ["DROVE_USERNAME_FILE", "user_file"],
  ["DROVE_PASSWORD", "pass"],
  ["DROVE_PASSWORD_FILE", "pass_file"],
  ["DROVE_ACCESS_TOKEN", "access_token"],
  ["DROVE_ACCESS_TOKEN_FILE", "access_token_file"],
]);

/** Not keys: the fd on which readiness is told, and the image's own defaults. */
const reserved: ReadonlySet<string> = new Set([`${prefix}NOTIFY_FD`, `${prefix}DEFAULTS`]);

/** What Kubernetes sets for a service called `drove…`: https://kubernetes.io/docs/concepts/services-networking/service/ */
const serviceLinkName = /_SERVICE_(HOST|PORT)(_\w+)?$|_PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?$/;
const serviceLinkValue = /^(tcp|udp|sctp):\/\//;

/** Sorts out the variables that concern us. Unknown ones become notes at most. */
export function readEnvironment(env: Environment): EnvironmentSettings {
  const set = Object.entries(env).flatMap(([name, text]) =>
    text === undefined || text === "" ? [] : [{ name, text }],
  );
  const textOf = (name: string) => set.find((one) => one.name === name)?.text;
  const gateway = set.filter(({ name }) => name.startsWith(prefix) && !reserved.has(name));
  const links = gateway.filter(isServiceLink);
  const own = gateway.filter((one) => !isServiceLink(one));
  return {
    configFile: textOf("CONFIG_FILE_PATH"),
    defaultsFile: textOf(`${prefix}DEFAULTS`),
    templateFile: textOf("TEMPLATE_FILE_PATH"),
    cluster: set.flatMap(({ name, text }) => settingOf(name, clusterVariables.get(name), text)),
    topLevel: own.flatMap(({ name, text }) =>
      topLevelKeys.has(keyOf(name)) ? settingOf(name, keyOf(name), text) : [],
    ),
    namespace: own.flatMap(({ name, text }) =>
      topLevelKeys.has(keyOf(name)) || !namespaceKeys.has(keyOf(name)) ? [] : settingOf(name, keyOf(name), text),
    ),
    notes: [...set.flatMap(({ name }) => unknownVariable(name)), ...links.flatMap(({ name }) => serviceLinkNote(name))],
  };
}

function settingOf(variable: string, key: string | undefined, text: string): readonly Setting[] {
  const kind = key === undefined ? undefined : (topLevelKeys.get(key) ?? namespaceKeys.get(key));
  return key === undefined || kind === undefined ? [] : [{ key, value: valueFrom(text, kind), variable }];
}

const words: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
};

function valueFrom(text: string, kind: KeyKind): unknown {
  const trimmed = text.trim();
  if (kind === "flag") return words[trimmed.toLowerCase()] ?? text;
  if (kind === "number") return /^-?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : text;
  if (kind === "list") return trimmed.split(",").flatMap((item) => item.trim() || []);
  return text;
}

function keyOf(variable: string): string {
  return variable.slice(prefix.length).toLowerCase();
}

function isKnown(name: string): boolean {
  const key = keyOf(name);
  const isKey = name.startsWith(prefix) && (topLevelKeys.has(key) || namespaceKeys.has(key));
  return clusterVariables.has(name) || reserved.has(name) || isKey;
}

/**
 * Drove, Nomad and Kubernetes put `DROVE_…` variables of their own into containers: outside our prefix only what
 * looks like a slip of the pen is worth a note.
 */
function unknownVariable(name: string): readonly Note[] {
  if (!name.startsWith("DROVE_") || isKnown(name) || serviceLinkName.test(name)) return [];
  const isOurs = name.startsWith(prefix);
  const guess = isOurs ? nearestKey(name) : nearestCluster(name);
  if (guess === undefined && !isOurs) return [];
  const hint = guess === undefined ? "unset it" : `did you mean ${guess}?`;
  const message = `${name}: is not a known variable and is ignored; ${hint}`;
  return [{ code: "config-unknown-key", subject: name, message }];
}

// Compared without the prefix that all have: it would make everything look near.

function nearestKey(name: string): string | undefined {
  const guess = nearest(keyOf(name), [...topLevelKeys.keys(), ...namespaceKeys.keys()]);
  return guess === undefined ? undefined : prefix + guess.toUpperCase();
}

function nearestCluster(name: string): string | undefined {
  const bare = (variable: string) => variable.replace("DROVE_", "");
  const known = [...clusterVariables.keys()];
  const guess = nearest(bare(name), known.map(bare));
  return known.find((variable) => bare(variable) === guess);
}

/** A service called drove-gateway makes Kubernetes set DROVE_GATEWAY_PORT=tcp://10.3.2.1:6000. */
function isServiceLink({ name, text }: { readonly name: string; readonly text: string }): boolean {
  return serviceLinkName.test(name) && serviceLinkValue.test(text);
}

function serviceLinkNote(name: string): readonly Note[] {
  if (!topLevelKeys.has(keyOf(name))) return [];
  const message = `${name}: was set by Kubernetes for a service of that name and is ignored; to set the key, set enableServiceLinks: false`;
  return [{ code: "config-ignored", subject: name, message }];
}

import { followIn } from "../follow.ts";
import type { DroveApp, Endpoint, Member, Note } from "../model.ts";
import { checkGroup, checkHost, checkPort, checkTagValue, checkVhost, quoted } from "./names.ts";

/** One app after every check: what it may contribute to its vhost. */
export interface CheckedApp {
  readonly appId: string;
  readonly vhost: string;
  readonly group: string;
  readonly members: readonly Member[];
  readonly tags: Readonly<Record<string, string>>;
  readonly hasRoutingTag: boolean;
}

/** What was refused goes to `refuse`, with the app's id. */
export type Refuse = (code: Note["code"], reason: string) => void;

/** The vhost of an app, or undefined (and a note) if no proxy could serve it. */
export function vhostOf(app: DroveApp, refuse: Refuse): string | undefined {
  const vhost = checkVhost(app.vhost);
  if (vhost.ok) return vhost.value;
  refuse("vhost-refused", `vhost ${vhost.reason}; the app is not served`);
  return undefined;
}

/** What the hosts of an app were, and the member that became of each. */
export interface FormerMembers {
  readonly hosts: readonly Endpoint[];
  readonly members: readonly Member[];
}

/** The checked form of an app whose vhost is known to be good; undefined if its routing tag is unusable. */
export function checkApp(
  app: DroveApp,
  options: {
    readonly vhost: string;
    readonly routingTag: string;
    readonly refuse: Refuse;
    readonly former?: FormerMembers | undefined;
  },
): CheckedApp | undefined {
  const tags = checkTags(app.tags, options.refuse);
  const wanted = tagOf(app, options.routingTag);
  const group = wanted === "" ? { ok: true as const, value: options.vhost } : checkGroup(wanted);
  if (!group.ok) {
    options.refuse("tag-refused", `routing tag ${options.routingTag} ${group.reason}; the app is not served`);
    return undefined;
  }
  const weight = weightOf(tags, options.refuse);
  const members = checkHosts(app.hosts, { ...options, weight });
  return { appId: app.appId, vhost: options.vhost, group: group.value, members, tags, hasRoutingTag: wanted !== "" };
}

/** The same app with other hosts: all else was checked, and nothing was found. */
export function withHosts<A extends CheckedApp>(
  app: A,
  hosts: readonly Endpoint[],
  { refuse, former }: { readonly refuse: Refuse; readonly former: FormerMembers | undefined },
): A {
  return { ...app, members: checkHosts(hosts, { refuse, weight: weightOf(app.tags, refuse), former }) };
}

/** The value of a tag, "" if the app has none. Tags are anybody's names: `constructor` is one only if it was sent. */
function tagOf(app: DroveApp, name: string): string {
  return name !== "" && Object.hasOwn(app.tags, name) ? (app.tags[name] ?? "") : "";
}

/** What was checked once is the same member again. */
function checkHosts(
  hosts: readonly Endpoint[],
  {
    refuse,
    weight,
    former = { hosts: [], members: [] },
  }: { readonly refuse: Refuse; readonly weight: number; readonly former?: FormerMembers | undefined },
): readonly Member[] {
  const indexOf = followIn(former.hosts, isSameEndpoint);
  return hosts
    .map((host) => {
      const before = former.members[indexOf(host) ?? -1];
      return before !== undefined && (before.weight ?? 1) === weight ? before : checkEndpoint(host, { refuse, weight });
    })
    .filter((one) => one !== undefined);
}

/** Whole numbers, since DNS and the proxies know no others. */
function weightOf(tags: Readonly<Record<string, string>>, refuse: Refuse): number {
  const text = Object.hasOwn(tags, "weight") ? (tags["weight"] ?? "").trim() : "";
  if (text === "") return 1;
  if (/^([1-9]\d?|100)$/.test(text)) return Number(text);
  refuse("tag-refused", `tag "weight": ${quoted(text)} is not a whole number from 1 to 100; its instances have 1`);
  return 1;
}

/** Mostly they are the same objects: what is in them need not be looked at. */
export function isSameEndpoint(one: Endpoint, other: Endpoint): boolean {
  return one === other || (one.port === other.port && one.host === other.host && one.portType === other.portType);
}

function checkEndpoint(
  endpoint: Endpoint,
  { refuse, weight }: { readonly refuse: Refuse; readonly weight: number },
): Member | undefined {
  const host = checkHost(endpoint.host);
  if (!host.ok) {
    refuse("host-refused", `host ${host.reason}; the instance is left out`);
    return undefined;
  }
  const port = checkPort(endpoint.port);
  if (!port.ok) {
    refuse("port-refused", `${port.reason}; the instance on ${host.value} is left out`);
    return undefined;
  }
  return { host: host.value, port: port.value, portType: portType(endpoint.portType), ...(weight !== 1 && { weight }) };
}

function portType(raw: string): string {
  const type = raw.toLowerCase();
  return /^[a-z0-9]{1,16}$/.test(type) ? type : "http";
}

function checkTags(tags: Readonly<Record<string, string>>, refuse: Refuse): Readonly<Record<string, string>> {
  const entries = Object.entries(tags);
  const kept = entries.filter(([key, value]) => {
    const checked = [checkTagValue(key), checkTagValue(value)].find((one) => !one.ok);
    if (checked !== undefined && !checked.ok)
      refuse("tag-refused", `tag ${quoted(key)}: ${checked.reason}; the tag is left out`);
    return checked === undefined;
  });
  return kept.length === entries.length ? tags : Object.fromEntries(kept);
}

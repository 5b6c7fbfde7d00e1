import type { Cycle } from "../agent.ts";
import { nearest } from "../config/suggest.ts";
import { memberUrl } from "../member-url.ts";
import type { Vhost } from "../model.ts";
import { type ConfigBlock, linesAbout } from "./config-lines.ts";
import type { AppFate } from "./fates.ts";
import type { GoneVhost, VhostLog } from "./vhost-log.ts";
import { type ChangesView, waitingView } from "./waiting.ts";

/** What an explanation is made of. */
export interface ExplainSources {
  readonly fates: readonly AppFate[];
  readonly cycle: Cycle | undefined;
  readonly platform: "nginx" | "haproxy";
  readonly log: Pick<VhostLog, "of" | "gone">;
}

/** The answer of `/v1/explain`: everything about a vhost or an app. Plain JSON. */
export interface Explanation {
  readonly name: string;
  /** True if a controller lists it, or the proxy serves it. */
  readonly found: boolean;
  /** One line each: the answer to "why is it there", or "why is it not". */
  readonly summary: readonly string[];
  readonly apps: readonly AppFate[];
  readonly vhosts: readonly VhostExplanation[];
}

export interface VhostExplanation {
  readonly vhost: string;
  readonly namespaces: readonly string[];
  readonly appIds: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly groups: readonly {
    readonly name: string;
    readonly members: readonly string[];
    readonly tags: Readonly<Record<string, string>>;
  }[];
  readonly members: readonly MemberExplanation[];
  /** HAProxy's backends with the servers that it has now. */
  readonly backends: readonly {
    readonly name: string;
    readonly group?: string;
    readonly servers: readonly { readonly name: string; readonly address: string; readonly state: string }[];
  }[];
  /** Of the file that the proxy has in use. */
  readonly lines: { readonly file: string; readonly blocks: readonly ConfigBlock[] };
  /** What waits for this vhost. */
  readonly waiting?: ChangesView["changed"][number] | "to be added";
  /** ISO times; absent if nothing has changed since the agent started. */
  readonly since?: string;
  readonly lastChange?: { readonly at: string; readonly what: string };
}

export interface MemberExplanation {
  readonly url: string;
  /** IP address; absent if its name does not resolve. */
  readonly address?: string;
  /** In the configuration in use, or among the servers that HAProxy has. */
  readonly proxy: "has it" | "leaving" | "maintenance" | "does not have it";
}

/** Explains a vhost, an appId or an app's name; any case. */
export function explain(name: string, sources: ExplainSources): Explanation {
  const wanted = name.trim().toLowerCase();
  const vhosts = sources.cycle?.built?.value.vhosts ?? [];
  const apps = sources.fates.filter((one) =>
    [one.vhost, one.appId, one.appName].some((own) => own.trim().toLowerCase() === wanted),
  );
  const names = new Set([wanted, ...apps.map((app) => app.vhost)]);
  const served = vhosts.filter((vhost) => names.has(vhost.name));
  const found = apps.length > 0 || served.length > 0;
  return {
    name,
    found,
    summary: found ? summaryOf(apps, { sources, served }) : unknownWords(wanted, { sources, vhosts }),
    apps,
    vhosts: served.map((vhost) => vhostExplanation(vhost, sources)),
  };
}

function summaryOf(
  apps: readonly AppFate[],
  { sources, served }: { readonly sources: ExplainSources; readonly served: readonly Vhost[] },
): readonly string[] {
  const waiting = waitingView(sources.cycle);
  const state =
    waiting.state === "waiting"
      ? "changes are held"
      : waiting.state === "failing"
        ? `failing: ${waiting.error}`
        : undefined;
  const lines = apps.map((app) => `${app.appId} of namespace ${app.namespace}: ${app.fate}; ${app.why}`);
  const others = served
    .filter((vhost) => !apps.some((app) => app.vhost === vhost.name))
    .map((vhost) => `${vhost.name} is served, though no controller lists it any more`);
  return [...lines, ...others, ...(state === undefined ? [] : [`the proxy is not in step: ${state}`])];
}

function unknownWords(
  wanted: string,
  { sources, vhosts }: { readonly sources: ExplainSources; readonly vhosts: readonly Vhost[] },
): readonly string[] {
  const gone = sources.log.gone(wanted);
  const wildcard = vhosts.find((vhost) => vhost.name.startsWith("*.") && wanted.endsWith(vhost.name.slice(1)));
  const known = [
    ...new Set([
      ...vhosts.map((vhost) => vhost.name),
      ...sources.fates.flatMap((one) => [one.vhost, one.appId, one.appName]),
    ]),
  ];
  const near = nearest(wanted, known);
  return [
    "no controller lists an app of this vhost, id or name",
    ...(gone === undefined ? [] : [goneWords(gone)]),
    ...(wildcard === undefined ? [] : [`requests to it are served by ${wildcard.name}`]),
    ...(near === undefined ? [] : [`was ${near} meant?`]),
  ];
}

function goneWords({ at, appIds }: GoneVhost): string {
  return `it was served until ${time(at)} (${appIds.join(", ")}); then the controllers did not list it any more, or a rule left it out`;
}

function vhostExplanation(vhost: Vhost, sources: ExplainSources): VhostExplanation {
  const { cycle, platform, log } = sources;
  const { since, lastChange } = log.of(vhost.name);
  const text = cycle?.running?.file?.text ?? "";
  const backends = (cycle?.made?.backends ?? []).filter((one) => one.vhost === vhost.name);
  const names = backends.map((one) => one.name);
  const { changes } = waitingView(cycle);
  const isNew = changes?.added.some((one) => one.vhost === vhost.name);
  const waiting = isNew ? "to be added" : changes?.changed.find((one) => one.vhost === vhost.name);
  return {
    vhost: vhost.name,
    namespaces: vhost.namespaces,
    appIds: vhost.appIds,
    tags: vhost.tags,
    groups: vhost.groups.map((group) => ({ ...group, members: group.members.map(memberUrl) })),
    members: membersOf(vhost, { cycle, backends: names }),
    backends: backends.map(({ name, group }) => ({
      name,
      ...(group !== undefined && { group }),
      servers: (cycle?.running?.runtime?.servers ?? [])
        .filter((server) => server.backend === name)
        .map((server) => ({ name: server.name, address: `${server.address}:${server.port}`, state: server.state })),
    })),
    lines: {
      file: cycle?.made?.file.path ?? "",
      blocks: linesAbout(text, { platform, vhost: vhost.name, backends: names }),
    },
    ...(waiting !== undefined && { waiting }),
    ...(since !== undefined && { since: time(since) }),
    ...(lastChange !== undefined && { lastChange: { ...lastChange, at: time(lastChange.at) } }),
  };
}

function membersOf(
  vhost: Vhost,
  { cycle, backends }: { readonly cycle: Cycle | undefined; readonly backends: readonly string[] },
): readonly MemberExplanation[] {
  const { runtime, file } = cycle?.running ?? {};
  const servers = new Map(
    (runtime?.servers ?? [])
      .filter((server) => backends.includes(server.backend))
      .map((server) => [`${server.address}:${server.port}`, server.state]),
  );
  return vhost.members.map((member) => {
    const address = cycle?.resolution?.addresses.get(member.host);
    const url = memberUrl(member);
    if (address === undefined) return { url, proxy: "does not have it" };
    const state = servers.get(`${address}:${member.port}`);
    const inFile = hasAddress(file?.text ?? "", `${address.includes(":") ? `[${address}]` : address}:${member.port}`);
    const has = runtime === undefined ? inFile : state !== undefined;
    return {
      url,
      address,
      proxy: !has ? "does not have it" : state === undefined || state === "serving" ? "has it" : state,
    };
  });
}

/** As a whole: `10.0.0.1:80` is not in `10.0.0.1:8080`. */
function hasAddress(text: string, address: string): boolean {
  for (let at = text.indexOf(address); at >= 0; at = text.indexOf(address, at + 1)) {
    const around = [text[at - 1] ?? " ", text[at + address.length] ?? " "];
    if (around.every((character) => !/[\w.:]/.test(character))) return true;
  }
  return false;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

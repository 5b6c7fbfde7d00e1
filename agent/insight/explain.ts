import type { Cycle } from "../agent.ts";
import { nearest } from "../config/suggest.ts";
import { memberUrl } from "../member-url.ts";
import type { Vhost } from "../model.ts";
import { type ConfigBlock, linesAbout } from "./config-lines.ts";
import type { AppFate } from "./fates.ts";
import { type MemberState, memberStates } from "./members.ts";
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
  readonly members: readonly MemberState[];
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
      ? whyWaits(sources.cycle)
      : waiting.state === "failing"
        ? `failing: ${waiting.error}`
        : undefined;
  const lines = apps.map((app) => `${app.appId} of namespace ${app.namespace}: ${app.fate}; ${app.why}`);
  const others = served
    .filter((vhost) => !apps.some((app) => app.vhost === vhost.name))
    .map((vhost) => `${vhost.name} is served, though no controller lists it any more`);
  return [...lines, ...others, ...(state === undefined ? [] : [`the proxy is not in step: ${state}`])];
}

function whyWaits(cycle: Cycle | undefined): string {
  if (cycle?.held?.by !== "old-workers") return "changes are held";
  const { until, oldGenerations } = cycle.held;
  const end = new Date(until).toISOString();
  return `a reload waits until ${end} at most, for workers of ${oldGenerations} earlier generations`;
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
    members: memberStates(cycle)(vhost),
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

function time(ms: number): string {
  return new Date(ms).toISOString();
}

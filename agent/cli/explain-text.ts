import type { Explanation, VhostExplanation } from "../insight/explain.ts";
import type { AppFate, Fate } from "../insight/fates.ts";
import type { Paint } from "./paint.ts";

const styles = {
  served: "green",
  "no-instances": "yellow",
  "out-of-realm": "yellow",
  held: "yellow",
  quarantined: "red",
  refused: "red",
} as const satisfies Record<Fate, Parameters<Paint>[0]>;

/** At most this many instances of one vhost or app: the rest is in `--json`. */
const mostInstances = 20;

/** The answer of `/v1/explain` for people. */
export function explainText({ summary, apps, vhosts }: Explanation, paint: Paint): string {
  const lines = [
    ...summary.map((line) => paint("bold", line)),
    ...apps.flatMap((app) => ["", ...appLines(app, paint)]),
    ...vhosts.flatMap((vhost) => ["", ...vhostLines(vhost, paint)]),
  ];
  return `${lines.join("\n")}\n`;
}

function appLines(app: AppFate, paint: Paint): readonly string[] {
  return [
    `${paint("cyan", `app ${app.appId}`)}  ${paint(styles[app.fate], app.fate)}`,
    ...fields({
      namespace: app.namespace,
      controller: app.controller ?? "none has been asked yet, this is from disk",
      vhost: app.vhost,
      tags: tagText(app.tags),
      instances: few(app.instances),
      why: app.why,
    }),
    ...app.notes.map((note) => paint("yellow", `  ${note.code}: ${note.message}`)),
  ];
}

function vhostLines(vhost: VhostExplanation, paint: Paint): readonly string[] {
  const { lines, members, groups, backends } = vhost;
  const waiting =
    vhost.waiting === undefined || typeof vhost.waiting === "string" ? vhost.waiting : "to be changed, see plan";
  return [
    paint("cyan", `vhost ${vhost.vhost}`),
    ...fields({
      namespaces: vhost.namespaces.join(", "),
      apps: vhost.appIds.join(", "),
      tags: tagText(vhost.tags),
      since: vhost.since ?? "before the agent started",
      "last change":
        vhost.lastChange === undefined
          ? "none since the agent started"
          : `${vhost.lastChange.at}: ${vhost.lastChange.what}`,
      waits: waiting ?? "",
    }),
    ...members.slice(0, mostInstances).map(({ url, address, proxy }) => {
      const where = address === undefined ? "does not resolve" : url.includes(address) ? "" : address;
      return `  instance ${url}  ${where === "" ? "" : `${where}  `}${paint(proxy === "has it" ? "green" : "red", `the proxy: ${proxy}`)}`;
    }),
    ...(members.length > mostInstances ? [`  and ${members.length - mostInstances} more instances`] : []),
    ...(members.length === 0 ? [paint("yellow", "  no instance: it answers 503")] : []),
    ...(groups.length > 1 ? groups.map((group) => `  group ${group.name}: ${few(group.members)}`) : []),
    ...backends.map(
      (backend) => `  backend ${backend.name}: ${few(backend.servers.map((one) => `${one.name} ${one.state}`))}`,
    ),
    ...lines.blocks.flatMap(({ from, text }) => [
      paint("dim", `  ${lines.file}:${from}`),
      ...text.split("\n").map((line) => `    ${line}`),
    ]),
    ...(lines.blocks.length === 0 ? [paint("yellow", `  ${lines.file} does not name it`)] : []),
  ];
}

function fields(all: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(all).flatMap(([name, value]) => (value === "" ? [] : [`  ${name.padEnd(11)} ${value}`]));
}

function tagText(tags: Readonly<Record<string, string>>): string {
  return Object.entries(tags)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

function few(all: readonly string[]): string {
  const more = all.length - mostInstances;
  return all.length === 0 ? "none" : all.slice(0, mostInstances).join(" ") + (more > 0 ? ` and ${more} more` : "");
}

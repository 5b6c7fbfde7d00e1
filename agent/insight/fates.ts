import type { NamespaceConfig } from "../config/schema.ts";
import { createJudges, type Verdict } from "../desired/judge.ts";
import type { HeldAnswer } from "../guard/held.ts";
import { memberUrl } from "../member-url.ts";
import type { DesiredState, DroveApp, NamespaceSnapshot, Note } from "../model.ts";
import type { Quarantined } from "../quarantine/quarantined.ts";

/** What is known besides the controllers' answers. */
export interface FateSources {
  /** The newest answers. */
  readonly snapshots: readonly NamespaceSnapshot[];
  readonly namespaces: readonly NamespaceConfig[];
  readonly desired: DesiredState | undefined;
  readonly quarantined: readonly Quarantined[];
  /** What the guard holds, by namespace. */
  readonly held: ReadonlyMap<string, HeldAnswer>;
  /** Everything that was refused on the way from the answers to the proxy. */
  readonly notes: readonly Note[];
}

/** One app that a controller lists, and what became of it. Plain JSON. */
export interface AppFate {
  readonly namespace: string;
  /** Undefined if the answer is from disk and did not name one. */
  readonly controller: string | undefined;
  readonly appId: string;
  readonly appName: string;
  /** As the controller says it, in lower case where it is a name. */
  readonly vhost: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The instances, as URLs, unchecked. */
  readonly instances: readonly string[];
  readonly fate: Fate;
  /** One line that says why. */
  readonly why: string;
  /** What was left out of it, or kept it from the proxy. */
  readonly notes: readonly { readonly code: string; readonly message: string }[];
}

/** `no-instances`: the vhost is there, and answers 503. */
export type Fate = "served" | "quarantined" | "held" | "no-instances" | "out-of-realm" | "refused";

/** Notes that keep a whole app from the proxy, though it was kept at first. */
const fatal: ReadonlySet<string> = new Set(["backend-clash"]);

/**
 * What became of each app: the one place where that is put into words. Sorted by namespace as configured, then as the
 * controllers list them.
 */
export function fatesOf(sources: FateSources): readonly AppFate[] {
  const judges = createJudges(sources.namespaces, sources.desired?.namespaces ?? []);
  const later = Map.groupBy(sources.notes, (note) => note.subject);
  return sources.snapshots.flatMap((snapshot) => {
    const config = sources.namespaces.find((one) => one.name === snapshot.namespace);
    const judge = judges.get(snapshot.namespace);
    if (config === undefined || judge === undefined) return [];
    return snapshot.apps.map((app) => {
      const verdict = judge(app);
      const others = (later.get(app.appId) ?? []).filter((note) => isAbout(note, { snapshot, notes: verdict.notes }));
      const fate = appFate(app, { snapshot, config, verdict, notes: [...verdict.notes, ...others] });
      return quarantined(fate, sources.quarantined) ?? held(fate, sources.held) ?? fate;
    });
  });
}

/** The proxy's own no goes before everything else: the app was kept until then. */
function quarantined(fate: AppFate, all: readonly Quarantined[]): AppFate | undefined {
  const found = all.find((one) => one.appId === fate.appId && one.namespace === fate.namespace);
  if (found === undefined) return undefined;
  const since = new Date(found.since).toISOString();
  return { ...fate, fate: "quarantined", why: `since ${since} ${found.serves} is served: ${found.reason}` };
}

/** The answer lacks it, or too many of its instances; it goes on as it was. */
function held(fate: AppFate, answers: ReadonlyMap<string, HeldAnswer>): AppFate | undefined {
  const answer = answers.get(fate.namespace);
  if (answer === undefined || fate.fate !== "served" || !answer.names.includes(fate.vhost)) return undefined;
  const since = new Date(answer.since).toISOString();
  const why =
    `since ${since} the controllers list too few of its instances, or none; those of before are served until that is ` +
    `confirmed, or accepted by: drove-gateway accept ${fate.namespace}`;
  return { ...fate, fate: "held", why };
}

/** A later note is about an app of this namespace, or of none in particular, and says nothing again. */
function isAbout(
  note: Note,
  { snapshot, notes }: { readonly snapshot: NamespaceSnapshot; readonly notes: readonly Note[] },
): boolean {
  const sameNamespace = note.namespace === undefined || note.namespace === snapshot.namespace;
  return sameNamespace && !notes.some((one) => one.code === note.code && one.message === note.message);
}

function appFate(
  app: DroveApp,
  found: {
    readonly snapshot: NamespaceSnapshot;
    readonly config: NamespaceConfig;
    readonly verdict: Verdict;
    readonly notes: readonly Note[];
  },
): AppFate {
  const { snapshot, verdict, notes } = found;
  return {
    namespace: snapshot.namespace,
    controller: snapshot.leader?.endpoint,
    appId: app.appId,
    appName: app.appName,
    vhost: verdict.app?.vhost ?? app.vhost.toLowerCase(),
    tags: app.tags,
    instances: app.hosts.map((host) => memberUrl({ ...host, portType: host.portType.toLowerCase() })),
    ...wordsFor(app, found),
    notes: notes.map(({ code, message }) => ({ code, message })),
  };
}

function wordsFor(
  { vhost }: DroveApp,
  found: { readonly config: NamespaceConfig; readonly verdict: Verdict; readonly notes: readonly Note[] },
): { readonly fate: Fate; readonly why: string } {
  const { config, verdict, notes } = found;
  if (verdict.counted === "ignoredByRealm")
    return { fate: "out-of-realm", why: realmWords(config, vhost.toLowerCase()) };
  const reason = notes.find((note) => verdict.app === undefined || fatal.has(note.code));
  if (reason !== undefined) return { fate: "refused", why: reason.message };
  if ((verdict.app?.members.length ?? 0) > 0) return { fate: "served", why: `kept: ${realmKept(config)}` };
  const left =
    notes.length === 0 ? "the controller lists no healthy instance of it" : "none of its instances can be used";
  return { fate: "no-instances", why: `${left}; its vhost answers 503` };
}

function realmWords({ name, realm, realm_suffix }: NamespaceConfig, vhost: string): string {
  const rules = [
    realm && `is none of realm "${realm}"`,
    realm_suffix && `does not end with realm_suffix "${realm_suffix}"`,
  ];
  return `vhost "${vhost}" ${rules.filter((rule) => rule !== "").join(" and ")} of namespace ${name}`;
}

function realmKept({ realm, realm_suffix }: NamespaceConfig): string {
  return realm === "" && realm_suffix === ""
    ? "its namespace serves every vhost"
    : "its vhost is in the namespace's realm";
}

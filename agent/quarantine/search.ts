import type { DroveApp } from "../model.ts";
import type { Substitutes } from "./apps.ts";

/** An app that may be at fault, with what could be served in its place, the best first; undefined is nothing. */
export interface Suspect {
  readonly key: string;
  readonly vhost: string;
  readonly forms: readonly (DroveApp | undefined)[];
}

/** Why a config is refused: the proxy's words, and the apps that made the lines they name. */
export interface Refusal {
  readonly reason: string;
  /** False if no line was named, or none that can be found: then nothing is known of where the fault is. */
  readonly hasLines: boolean;
  readonly owners: readonly string[];
}

export interface Search {
  /** Of the config with every suspect as it is. */
  readonly refusal: Refusal;
  readonly suspects: readonly Suspect[];
  /** Asks for the config with some apps replaced; undefined if it is taken. */
  readonly trial: (substitutes: Substitutes) => Promise<Refusal | undefined>;
  /** False when the time for the search is over. */
  readonly mayGoOn: () => boolean;
}

/** An app at fault, and what the proxy takes in its place. */
export interface Fault {
  readonly key: string;
  readonly form: DroveApp | undefined;
  readonly reason: string;
}

/**
 * Finds the apps without which the proxy takes the config. First those whose lines it complains of, one check each; then
 * by halves: of a thousand apps in ten checks. Everything that is no suspect is in every config that is tried, as
 * templates may refer from one app to another. Empty if it is no app's fault.
 */
export async function findFaults(search: Search): Promise<readonly Fault[]> {
  const byLines = await followLines(search);
  if (byLines.isOver || byLines.faults.length > 0) return byLines.faults;
  return await splitInHalves(search, { knowsBase: byLines.baseIsTaken });
}

interface Followed {
  readonly faults: readonly Fault[];
  readonly isOver: boolean;
  readonly baseIsTaken: boolean;
}

async function followLines(search: Search): Promise<Followed> {
  const suspects = new Map(search.suspects.map((suspect) => [suspect.key, suspect]));
  const blamed = new Map<string, Fault>();
  /** How many forms of each were tried. */
  const tried = new Map<string, number>();
  let refusal: Refusal | undefined = search.refusal;
  while (search.mayGoOn()) {
    const { owners, reason }: Refusal = refusal;
    const open = owners.flatMap((key) => {
      const next = tried.get(key) ?? 0;
      const forms = suspects.get(key)?.forms ?? [];
      if (next >= forms.length) return [];
      tried.set(key, next + 1);
      return [{ key, form: forms[next], reason: blamed.get(key)?.reason ?? reason }];
    });
    if (open.length === 0) break;
    for (const fault of open) blamed.set(fault.key, fault);
    refusal = await search.trial(formsOf(blamed));
    if (refusal === undefined)
      return { faults: await acquit(search, [...blamed.values()]), isOver: true, baseIsTaken: true };
  }
  // A line that no app made is the template's own, or speaks of all apps together: worth one look before the search.
  const isTemplates = search.refusal.hasLines && search.refusal.owners.length === 0;
  if (!isTemplates || search.suspects.length < 2) return { faults: [], isOver: false, baseIsTaken: false };
  const baseIsTaken = (await search.trial(fallbacks(search.suspects))) === undefined;
  return { faults: [], isOver: !baseIsTaken, baseIsTaken };
}

/** A line is a vhost's, which apps may share: those that the config can have as they are, are let go. */
async function acquit(search: Search, blamed: readonly Fault[]): Promise<readonly Fault[]> {
  const kept = new Map(blamed.map((fault) => [fault.key, fault]));
  const suspects = search.suspects.filter((suspect) => kept.has(suspect.key));
  for (const sharing of Map.groupBy(suspects, (suspect) => suspect.vhost).values())
    for (const { key } of sharing.length > 1 ? sharing : []) {
      const fault = kept.get(key);
      if (fault === undefined || !search.mayGoOn()) break;
      kept.delete(key);
      if ((await search.trial(formsOf(kept))) !== undefined) kept.set(key, fault);
    }
  return [...kept.values()];
}

/** The first suspects as they are, the rest replaced: the smallest number of them that is refused ends in one at fault. */
async function splitInHalves(
  search: Search,
  { knowsBase }: { readonly knowsBase: boolean },
): Promise<readonly Fault[]> {
  const { suspects } = search;
  const found = new Map<string, Fault>();
  let { reason } = search.refusal;
  let taken = 0;
  let isKnown = knowsBase;
  while (search.mayGoOn()) {
    let refused = suspects.length;
    while (refused - taken > 1 && search.mayGoOn()) {
      const middle = (taken + refused) >> 1;
      const refusal = await search.trial(withFound(fallbacks(suspects.slice(middle)), found));
      if (refusal === undefined) {
        taken = middle;
        isKnown = true;
      } else {
        refused = middle;
        ({ reason } = refusal);
      }
    }
    const culprit = suspects[refused - 1];
    if (culprit === undefined || refused - taken > 1) break;
    if (!isKnown && (await search.trial(withFound(fallbacks(suspects.slice(taken)), found))) !== undefined) break;
    isKnown = true;
    found.set(culprit.key, { key: culprit.key, form: culprit.forms[0], reason });
    const rest = await search.trial(formsOf(found));
    if (rest === undefined) return [...found.values()];
    ({ reason } = rest);
    taken = refused;
    if (taken === suspects.length) break;
  }
  return search.mayGoOn() ? [] : [...found.values()];
}

function fallbacks(suspects: readonly Suspect[]): Substitutes {
  return new Map(suspects.map(({ key, forms }) => [key, forms[0]]));
}

function formsOf(faults: ReadonlyMap<string, Fault>): Substitutes {
  return new Map([...faults].map(([key, { form }]) => [key, form]));
}

function withFound(substitutes: Substitutes, found: ReadonlyMap<string, Fault>): Substitutes {
  return new Map([...substitutes, ...formsOf(found)]);
}

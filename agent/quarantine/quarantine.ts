import type { Clock } from "../clock.ts";
import type { Config } from "../config/schema.ts";
import { createMemo, type Memo } from "../memo.ts";
import type { DroveApp, NamespaceSnapshot } from "../model.ts";
import { appsOf, keyOf, type SourcedApp, type Substitutes, sameApp, sameButHosts, substitute } from "./apps.ts";
import { type KeptForm, sameForms } from "./kept-form.ts";
import type { Quarantined } from "./quarantined.ts";
import { findFaults, type Refusal, type Suspect } from "./search.ts";

/** Under what apps are refused: what was found with another template or configuration means nothing. */
export interface QuarantineInputs {
  readonly templateId: string;
  readonly configId: string;
  readonly config: Pick<Config, "quarantine_enabled">;
}

/** Asks what would come of other apps than those of a refused config, without changing anything. */
export interface Trial {
  readonly inputs: QuarantineInputs;
  /** What went into the refused config. */
  readonly snapshots: readonly NamespaceSnapshot[];
  /** Why. It takes another rendering to find out whose lines it is about. */
  readonly refusal: () => Promise<Refusal>;
  /** Undefined if the proxy takes what comes of the snapshots. */
  readonly attempt: (snapshots: readonly NamespaceSnapshot[]) => Promise<Refusal | undefined>;
}

/** What goes on to the desired state. */
export interface Admitted {
  /** With each app in quarantine replaced by what the proxy took of it, or left out. */
  readonly snapshots: readonly NamespaceSnapshot[];
  readonly quarantined: readonly Quarantined[];
}

/** Keeps apart the apps that the proxy refuses, so that the others go on. */
export interface Quarantine {
  /** An app that has changed is let out. */
  admit(snapshots: readonly NamespaceSnapshot[], inputs: QuarantineInputs): Admitted;
  /** Told of what the proxy has taken. */
  accepted(snapshots: readonly NamespaceSnapshot[], inputs: QuarantineInputs): void;
  /**
   * Takes a turn, and another one for as long as it is refused and apps are found that are at fault: without those.
   * `trialOf` is undefined for a turn that was not refused.
   */
  around<T>(turn: () => Promise<T>, trialOf: (outcome: T) => Trial | undefined): Promise<T>;
}

interface Entry {
  readonly told: Quarantined;
  readonly inputs: QuarantineInputs;
  /** What was refused. */
  readonly app: DroveApp;
  /** What the proxy takes in its place. */
  readonly form: DroveApp | undefined;
  /** True if the form goes with whatever instances the app has. */
  readonly followsHosts: boolean;
  /** On the clock that never jumps. */
  readonly retryAt: number;
}

/** A search ends after this long; what it has found by then counts, and the next try goes on from there. */
const longestSearchMs = 30_000;
/** The fault may be the machine's and pass (a name that did not resolve): an app is tried again by itself this often. */
const firstRetryMs = 60_000;
const longestRetryMs = 3_600_000;

/**
 * A quarantine without anybody in it. `remembered`: what an earlier agent kept. `onKept` is told of what a later one
 * should know, each time that it changes.
 */
export function createQuarantine(
  clock: Clock,
  options: { readonly remembered: readonly KeptForm[]; readonly onKept: (forms: readonly KeptForm[]) => void },
): Quarantine {
  const entries = new Map<string, Entry>();
  /** How often each app was refused in the same form, and since when; grows the pause until it is tried again. */
  const refusals = new Map<string, { readonly count: number; readonly since: number }>();
  const admitted = createAdmission();
  let sent: readonly NamespaceSnapshot[] = [];
  let taken: readonly NamespaceSnapshot[] = [];
  /** Of each namespace until the proxy has taken something of it: then that is known at first hand. */
  let { remembered } = options;
  let kept = remembered;
  let innocent: { readonly inputs: QuarantineInputs; readonly apps: readonly unknown[] } | undefined;

  function letOut(snapshots: readonly NamespaceSnapshot[], inputs: QuarantineInputs): void {
    const present = new Map(appsOf(snapshots).map((one) => [one.key, one.app]));
    for (const [key, entry] of entries) {
      if (!sameInputs(entry.inputs, inputs)) continue;
      const app = present.get(key);
      const isSame = app !== undefined && (entry.followsHosts ? sameButHosts : sameApp)(app, entry.app);
      if (!isSame) refusals.delete(key);
      if (!isSame || clock.monotonic() >= entry.retryAt) entries.delete(key);
    }
  }

  function admit(snapshots: readonly NamespaceSnapshot[], inputs: QuarantineInputs): Admitted {
    if (entries.size > 0) letOut(snapshots, inputs);
    sent = snapshots;
    const inside = entriesOf(inputs);
    return { snapshots: admitted(snapshots, inside), quarantined: inside.map(([, { told }]) => told) };
  }

  function entriesOf(inputs: QuarantineInputs): readonly (readonly [string, Entry])[] {
    return [...entries].filter(([, entry]) => sameInputs(entry.inputs, inputs));
  }

  async function isolate(trial: Trial): Promise<boolean> {
    const { snapshots, inputs } = trial;
    if (!inputs.config.quarantine_enabled) return false;
    const apps = snapshots.map((snapshot) => snapshot.apps);
    const isKnown =
      innocent !== undefined &&
      sameInputs(innocent.inputs, inputs) &&
      apps.every((one, index) => one === innocent?.apps[index]);
    if (isKnown) return false;
    const begun = clock.monotonic();
    const present = appsOf(snapshots);
    const faults = await findFaults({
      refusal: await trial.refusal(),
      suspects: suspectsAmong(present, formerOf(taken, remembered)),
      trial: (substitutes: Substitutes) => trial.attempt(substitute(snapshots, substitutes)),
      mayGoOn: () => clock.monotonic() - begun < longestSearchMs,
    });
    if (faults.length === 0) innocent = { inputs, apps };
    const byKey = new Map(appsOf(sent).map((one) => [one.key, one]));
    for (const { key, form, reason } of faults) {
      const found = byKey.get(key);
      if (found !== undefined) entries.set(key, entryFor(found, { form, reason, inputs }));
    }
    tellKept();
    return faults.length > 0;
  }

  function tellKept(): void {
    const own = [...entries.values()].flatMap(({ told: { namespace, since }, form }) =>
      form === undefined ? [] : [{ namespace, since, app: form }],
    );
    const forms = [...own, ...remembered.filter((one) => !entries.has(keyOf(one.namespace, one.app)))];
    if (sameForms(forms, kept)) return;
    kept = forms;
    options.onKept(forms);
  }

  function entryFor(
    { key, namespace, app }: SourcedApp,
    {
      form,
      reason,
      inputs,
    }: { readonly form: DroveApp | undefined; readonly reason: string; readonly inputs: QuarantineInputs },
  ): Entry {
    const before = remembered.find((one) => keyOf(one.namespace, one.app) === key);
    const { count, since } = refusals.get(key) ?? { count: 0, since: before?.since ?? clock.now() };
    refusals.set(key, { count: count + 1, since });
    const serves = form === undefined ? "nothing" : "its last accepted form";
    return {
      told: { namespace, appId: app.appId, vhost: app.vhost, since, serves, reason },
      inputs,
      app,
      form,
      followsHosts: form !== undefined && form.hosts === app.hosts,
      retryAt: clock.monotonic() + Math.min(longestRetryMs, firstRetryMs * 2 ** count),
    };
  }

  return {
    admit,
    accepted(snapshots, inputs) {
      taken = snapshots;
      innocent = undefined;
      // What was let out to be tried again has been taken as it is.
      for (const key of refusals.keys()) if (!entries.has(key)) refusals.delete(key);
      for (const [key, entry] of entries) if (!sameInputs(entry.inputs, inputs)) entries.delete(key);
      const namespaces = new Set(snapshots.map((snapshot) => snapshot.namespace));
      remembered = remembered.filter((one) => !namespaces.has(one.namespace));
      tellKept();
    },
    async around(turn, trialOf) {
      for (;;) {
        const outcome = await turn();
        const trial = trialOf(outcome);
        // Where nothing can be tried, what the turn came to is all there is to say.
        if (trial === undefined || !(await isolate(trial).catch(() => false))) return outcome;
      }
    },
  };
}

function sameInputs(left: QuarantineInputs, right: QuarantineInputs): boolean {
  return left.templateId === right.templateId && left.configId === right.configId;
}

/** Replaces apps; as long as the same goes in, the same lists come out, so that nothing is computed again. */
function createAdmission() {
  const lists = new Map<string, Memo<readonly DroveApp[]>>();
  return (
    snapshots: readonly NamespaceSnapshot[],
    entries: readonly (readonly [string, Entry])[],
  ): readonly NamespaceSnapshot[] => {
    if (entries.length === 0) {
      lists.clear();
      return snapshots;
    }
    const substitutes = substitutesFor(snapshots, entries);
    return substitute(snapshots, substitutes).map((snapshot, index) => {
      const appsOnce = lists.get(snapshot.namespace) ?? createMemo<readonly DroveApp[]>();
      lists.set(snapshot.namespace, appsOnce);
      const keys = [snapshots[index]?.apps, ...entries.map(([, entry]) => entry)];
      return { ...snapshot, apps: appsOnce(keys, () => snapshot.apps) };
    });
  };
}

function substitutesFor(
  snapshots: readonly NamespaceSnapshot[],
  entries: readonly (readonly [string, Entry])[],
): Substitutes {
  const hosts = new Map(appsOf(snapshots).map((one) => [one.key, one.app.hosts]));
  return new Map(
    entries.map(([key, { form, followsHosts }]) => [
      key,
      form !== undefined && followsHosts ? { ...form, hosts: hosts.get(key) ?? form.hosts } : form,
    ]),
  );
}

/**
 * The apps that are not as the proxy has taken them before, with what it took. One that it has taken is never left out:
 * if its former form is refused as well, the fault is not the app's.
 */
function suspectsAmong(present: readonly SourcedApp[], former: ReadonlyMap<string, DroveApp>): readonly Suspect[] {
  return present.flatMap(({ key, app }): readonly Suspect[] => {
    const before = former.get(key);
    const suspect = { key, vhost: app.vhost.toLowerCase() };
    if (before === undefined) return [{ ...suspect, forms: [undefined] }];
    if (sameApp(before, app)) return [];
    return [{ ...suspect, forms: sameButHosts(before, app) ? [before] : [{ ...before, hosts: app.hosts }, before] }];
  });
}

/** Each app as the proxy took it last. */
function formerOf(taken: readonly NamespaceSnapshot[], remembered: readonly KeptForm[]): ReadonlyMap<string, DroveApp> {
  return new Map([
    ...remembered.map(({ namespace, app }) => [keyOf(namespace, app), app] as const),
    ...appsOf(taken).map(({ key, app }) => [key, app] as const),
  ]);
}

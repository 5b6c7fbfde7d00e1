import type { OnPrint, Template, TemplateWorld } from "./engine.ts";
import { record } from "./record.ts";
import type { AppData, TemplateData } from "./template-data.ts";

/*
 * A source map of a rendered text: which vhost made which line. Found out by rendering once more with data that notice
 * who looks at them, so that nothing is spent on it as long as all is well.
 */

/** Characters that no text has (the last private-use plane), one for each vhost; the first is for none. */
const firstMark = 0x10_0000;
const mostOwners = 0xfffc;
const marks = /[\u{100000}-\u{10fffd}]/gu;

/** A text's lines by whose data they were made, the first line first; undefined where the template speaks for itself. */
export interface Owners {
  readonly ofLines: readonly (string | undefined)[];
  /** Whose data the template looked at when it failed; then there are no lines. */
  readonly ofFailure: string | undefined;
}

/** Renders once more to find out which vhost each line is about. */
export function findOwners(
  template: Template,
  { data, world }: { readonly data: TemplateData; readonly world: TemplateWorld },
): Owners {
  const names = data.Vhosts.map((app) => app.Vhost).slice(0, mostOwners);
  const gaze = createGaze();
  const watched = watch(data, { names, see: gaze.see });
  const mark: OnPrint = (printed) => String.fromCodePoint(firstMark + gaze.print()) + printed;
  try {
    return {
      ofLines: readMarks((template.draft ?? template.render)(watched, world, mark), names),
      ofFailure: undefined,
    };
  } catch {
    return { ofLines: [], ofFailure: names[gaze.index() - 1] };
  }
}

function readMarks(text: string, names: readonly string[]): readonly (string | undefined)[] {
  let last = 0;
  return text.split("\n").map((line) => {
    const found = [...line.matchAll(marks)].map(([mark]) => (mark.codePointAt(0) ?? firstMark) - firstMark);
    // The last one: a name that a range gives comes before the first look at whose it is.
    const owner = found.findLast((index) => index > 0);
    // What follows within the block of an app is the app's too, though it prints nothing of it.
    last = owner ?? last;
    return names[(found.length > 0 ? (owner ?? 0) : last) - 1];
  });
}

/**
 * Whose data the template looks at. One that looks at all of them in turn and prints nothing (which is the longest
 * name? is any of them gRPC?) is not about the last of them in what it prints next.
 */
function createGaze() {
  const gaze = { index: 0, hasPrinted: true, isPassing: false };
  return {
    see(index: number) {
      const isAnother = index !== gaze.index;
      if (isAnother || gaze.hasPrinted) gaze.isPassing = isAnother && !gaze.hasPrinted;
      Object.assign(gaze, { index, hasPrinted: false });
    },
    print(): number {
      gaze.hasPrinted = true;
      return gaze.isPassing ? 0 : gaze.index;
    },
    index: () => gaze.index,
  };
}

interface Watch {
  readonly names: readonly string[];
  /** Told of the vhost that is looked at: its place in the names, counted from 1; 0 for none. */
  readonly see: (index: number) => void;
}

function watch(data: TemplateData, { names, see }: Watch): TemplateData {
  const places = new Map(names.map((name, at) => [name, at + 1]));
  const watched = <T extends object>(value: T, vhost: string): T =>
    new Proxy(value, {
      get(target, key) {
        see(places.get(vhost) ?? 0);
        return Reflect.get(target, key);
      },
    });
  const app = (one: AppData): AppData => {
    const groups = Object.entries(one.Groups).map(([name, group]) => [name, watched(group, one.Vhost)] as const);
    return watched({ ...one, UpstreamServers: one.UpstreamServers, Groups: record(groups) }, one.Vhost);
  };
  const byVhost = new Map(data.Vhosts.map((one) => [one.Vhost, app(one)]));
  return {
    ...data,
    Vhosts: [...byVhost.values()],
    Apps: record(Object.entries(data.Apps).map(([name, one]) => [name, byVhost.get(name) ?? one])),
    Backends: data.Backends.map((one) => watched(one, one.Vhost)),
    Leaders: data.Leaders.map((one) => watched(one, "")),
  };
}

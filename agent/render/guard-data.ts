import { guard, isGuarded } from "./guard.ts";
import { record } from "./record.ts";
import type { AppData, BackendData, GroupData, TemplateData } from "./template-data.ts";

/*
 * What an app says freely, with its characters guarded. Everything else of an app that templates see has a grammar
 * (desired/names) whose characters mean nothing to a proxy; the rest is the operator's own.
 */

type Tags = Readonly<Record<string, string>>;

/** Guards the data for templates whose functions know what to do with it. Data that need none are not copied. */
export function createDataGuard(): (data: TemplateData) => TemplateData {
  const known = new WeakMap<Tags, Tags>();
  const tagsOf = (tags: Tags): Tags => {
    const found = known.get(tags) ?? guardTags(tags);
    known.set(tags, found);
    return found;
  };
  const group = (one: GroupData): GroupData => replaced(one, { Tags: tagsOf(one.Tags) });
  const backend = (one: BackendData): BackendData => replaced(one, { Tags: tagsOf(one.Tags) });
  const app = (one: AppData): AppData => {
    const changed = replaced(one, {
      ID: guard(one.ID),
      IDs: guardList(one.IDs),
      Comment: guard(one.Comment),
      Tags: tagsOf(one.Tags),
      Groups: guardValues(one.Groups, group),
    });
    return changed === one ? one : { ...changed, UpstreamServers: one.UpstreamServers };
  };
  return (data) => {
    const vhosts = mapped(data.Vhosts, app);
    const byVhost = new Map(vhosts.map((one) => [one.Vhost, one]));
    return replaced(data, {
      Vhosts: vhosts,
      Apps: vhosts === data.Vhosts ? data.Apps : guardValues(data.Apps, (one) => byVhost.get(one.Vhost) ?? one),
      Backends: mapped(data.Backends, backend),
    });
  };
}

function guardTags(tags: Tags): Tags {
  const entries = Object.entries(tags).map(([key, value]) => [guard(key), guard(value)] as const);
  return entries.some(([key, value]) => isGuarded(key) || isGuarded(value)) ? record(entries) : tags;
}

function guardList(texts: readonly string[]): readonly string[] {
  return mapped(texts, guard);
}

function mapped<T>(list: readonly T[], change: (one: T) => T): readonly T[] {
  const changed = list.map(change);
  return changed.every((one, at) => one === list[at]) ? list : changed;
}

function guardValues<T>(all: Readonly<Record<string, T>>, change: (one: T) => T): Readonly<Record<string, T>> {
  const entries = Object.entries(all).map(([key, one]) => [key, change(one)] as const);
  return entries.every(([key, one]) => all[key] === one) ? all : record(entries);
}

/** A copy with other parts, or the thing itself if they are none. */
function replaced<T extends object>(whole: T, parts: Partial<T>): T {
  const isSame = Object.entries(parts).every(([key, part]) => whole[key as keyof T] === part);
  return isSame ? whole : { ...whole, ...parts };
}

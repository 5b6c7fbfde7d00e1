import type { DesiredState, Group, Member, Reason, ReasonCode, Vhost } from "../model.ts";

/** What became different between two desired states, as reasons. Empty if nothing that a proxy could notice did. */
export function diffDesired(before: DesiredState, after: DesiredState): readonly Reason[] {
  const old = byName(before.vhosts);
  const now = new Set(after.vhosts.map((vhost) => vhost.name));
  const differing = (same: (left: Vhost, right: Vhost) => boolean) =>
    names(after.vhosts.filter((vhost) => !same(old.get(vhost.name) ?? vhost, vhost)));
  return [
    reason("vhost-added", names(after.vhosts.filter((vhost) => !old.has(vhost.name)))),
    reason("vhost-removed", names(before.vhosts.filter((vhost) => !now.has(vhost.name)))),
    reason("group-added", newGroups(old, after.vhosts)),
    reason("group-removed", newGroups(byName(after.vhosts), before.vhosts)),
    reason("members-changed", differing(sameServers)),
    reason("attributes-changed", differing(sameAttributes)),
    reason("leader-changed", leadersChanged(before, after)),
  ].flatMap((one) => one ?? []);
}

function byName(vhosts: readonly Vhost[]): ReadonlyMap<string, Vhost> {
  return new Map(vhosts.map((vhost) => [vhost.name, vhost]));
}

/** Groups, as `vhost/group`, that a vhost of before did not have. */
function newGroups(before: ReadonlyMap<string, Vhost>, after: readonly Vhost[]): readonly string[] {
  return after.flatMap(({ name, groups }) => {
    const former = before.get(name)?.groups;
    if (former === undefined || former === groups) return [];
    const known = new Set(former.map((group) => group.name));
    return groups.filter((group) => !known.has(group.name)).map((group) => `${name}/${group.name}`);
  });
}

function sameServers(left: Vhost, right: Vhost): boolean {
  return (
    sameList(left.members, right.members, sameMember) &&
    sameList(left.groups, right.groups, (a, b) => a.name === b.name && sameList(a.members, b.members, sameMember))
  );
}

function sameAttributes(left: Vhost, right: Vhost): boolean {
  return (
    left.routingTagKey === right.routingTagKey &&
    sameJson([left.tags, left.appIds], [right.tags, right.appIds]) &&
    sameGroupTags(left.groups, right.groups)
  );
}

/** A group that came or went is a matter of its members. */
function sameGroupTags(left: readonly Group[], right: readonly Group[]): boolean {
  const old = new Map(left.map((group) => [group.name, group.tags]));
  return left === right || right.every((group) => sameJson(old.get(group.name) ?? group.tags, group.tags));
}

function sameMember(left: Member, right: Member): boolean {
  return left.host === right.host && left.port === right.port && left.portType === right.portType;
}

/** Written out because a cluster may have 100,000 members: comparing their JSON would take longer than all the rest. */
function sameList<T>(left: readonly T[], right: readonly T[], same: (left: T, right: T) => boolean): boolean {
  return (
    left === right || (left.length === right.length && left.every((one, index) => isSame(one, right[index], same)))
  );
}

function isSame<T>(left: T, right: T | undefined, same: (left: T, right: T) => boolean): boolean {
  return right !== undefined && same(left, right);
}

/** A reason with its first few subjects; undefined if there are none. */
export function reason(code: ReasonCode, subjects: readonly string[]): Reason | undefined {
  return subjects.length === 0 ? undefined : { code, subjects: subjects.slice(0, 5), count: subjects.length };
}

function leadersChanged(before: DesiredState, after: DesiredState): readonly string[] {
  const old = new Map(before.namespaces.map((view) => [view.name, view]));
  return after.namespaces.filter((view) => !sameJson(view, old.get(view.name))).map((view) => view.name);
}

function names(vhosts: readonly Vhost[]): readonly string[] {
  return vhosts.map((vhost) => vhost.name);
}

/** Both sides are plain data that the same code built, keys in the same order. */
export function sameJson(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

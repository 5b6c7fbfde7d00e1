import { memberUrl } from "../member-url.ts";
import type { DesiredState, Member, Vhost } from "../model.ts";
import { sameJson } from "./diff.ts";

/** What becomes different between two desired states, vhost by vhost: for people, where reasons are for the loop. */
export interface DesiredChanges {
  readonly added: readonly Vhost[];
  readonly removed: readonly Vhost[];
  readonly changed: readonly VhostChange[];
}

/** One vhost that both have. */
export interface VhostChange {
  readonly name: string;
  readonly added: readonly Member[];
  readonly removed: readonly Member[];
  /** What else differs. */
  readonly others: readonly ("order" | "groups" | "tags" | "apps")[];
}

/** Compares two desired states. Vhosts that are the same object in both are not looked into. */
export function listChanges(before: DesiredState, after: DesiredState): DesiredChanges {
  const old = new Map(before.vhosts.map((vhost) => [vhost.name, vhost]));
  const now = new Set(after.vhosts.map((vhost) => vhost.name));
  return {
    added: after.vhosts.filter((vhost) => !old.has(vhost.name)),
    removed: before.vhosts.filter((vhost) => !now.has(vhost.name)),
    changed: after.vhosts.flatMap((vhost) => changeOf(old.get(vhost.name) ?? vhost, vhost)),
  };
}

function changeOf(before: Vhost, after: Vhost): readonly VhostChange[] {
  if (before === after) return [];
  const added = notIn(after.members, before.members);
  const removed = notIn(before.members, after.members);
  const sameSet = added.length === 0 && removed.length === 0;
  const moved = sameSet && !sameJson(before.members, after.members);
  const regrouped =
    !sameJson(groupNames(before), groupNames(after)) ||
    (sameSet && !sameJson(groupMembers(before), groupMembers(after)));
  const others = [
    ...(moved ? (["order"] as const) : []),
    ...(regrouped && !moved ? (["groups"] as const) : []),
    ...(sameJson(tagsOf(before), tagsOf(after)) ? [] : (["tags"] as const)),
    ...(sameJson(before.appIds, after.appIds) ? [] : (["apps"] as const)),
  ];
  return added.length + removed.length + others.length === 0 ? [] : [{ name: after.name, added, removed, others }];
}

function notIn(members: readonly Member[], others: readonly Member[]): readonly Member[] {
  const known = new Set(others.map(memberUrl));
  return members.filter((member) => !known.has(memberUrl(member)));
}

function groupNames({ groups, routingTagKey }: Vhost): unknown {
  return [routingTagKey, groups.map((group) => group.name)];
}

function groupMembers({ groups }: Vhost): unknown {
  return groups.map((group) => group.members);
}

function tagsOf({ tags, groups }: Vhost): unknown {
  return [tags, groups.map((group) => group.tags)];
}

/** `1 instance`, `3 instances`. */
export function describeMembers(count: number): string {
  return `${count} ${count === 1 ? "instance" : "instances"}`;
}

import type { DesiredState } from "../model.ts";

/** Every host whose address is needed: those of the members, and of leaders that are served under a vhost. */
export function hostsOf(desired: DesiredState): readonly string[] {
  const leaders = desired.namespaces.flatMap((view) =>
    view.leader === undefined || view.leaderVhost === "" ? [] : [view.leader.host],
  );
  const members = desired.vhosts.flatMap((vhost) => vhost.members.map((member) => member.host));
  return [...new Set([...members, ...leaders])];
}

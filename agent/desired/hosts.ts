import { ipFamily } from "../address.ts";
import { followIn } from "../follow.ts";
import { createListMemo } from "../memo.ts";
import type { DesiredState, Member, Vhost } from "../model.ts";

/** Every host name whose address is needed: those of the members, and of leaders that are served under a vhost. */
export function hostNamesOf(desired: DesiredState): readonly string[] {
  return createNameFinder()(desired);
}

/** A finder that looks at each vhost only once: most members have an IP address, and there are many. */
export function createNameFinder(): typeof hostNamesOf {
  const namesIn = createListMemo<Vhost, readonly string[]>({
    keyOf: (vhost) => vhost.name,
    make: ({ members }, former) => {
      // What was no name still is none.
      const known = former?.result.length === 0 ? former.source.members : [];
      const indexOf = followIn(known, (before, now: Member) => before === now);
      return members.filter((member) => indexOf(member) === undefined && isName(member.host)).map(({ host }) => host);
    },
  });
  return ({ vhosts, namespaces }) => {
    const leaders = namespaces.flatMap((view) =>
      view.leader === undefined || view.leaderVhost === "" ? [] : [view.leader.host],
    );
    return [...new Set([...namesIn(vhosts).flat(), ...leaders.filter(isName)])];
  };
}

function isName(host: string): boolean {
  return ipFamily(host) === 0;
}

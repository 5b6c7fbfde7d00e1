import type { DroveApp, Endpoint } from "../model.ts";
import type { HeldVhost } from "./held-vhost.ts";
import { vhostKey } from "./sizes.ts";

/**
 * The apps of an answer, with those of held vhosts as they were besides: what is new is served at once, and what the
 * answer lacks goes on. What came and went while the vhost was held is in neither, so it is gone at once.
 */
export function withHeld(answer: readonly DroveApp[], held: ReadonlyMap<string, HeldVhost>): readonly DroveApp[] {
  const former = new Map([...held.values()].flatMap(({ apps }) => apps).map((app) => [identityOf(app), app]));
  const apps = answer.map((app) => {
    const before = former.get(identityOf(app));
    former.delete(identityOf(app));
    return before === undefined ? app : { ...app, hosts: joined(app.hosts, before.hosts) };
  });
  return [...apps, ...former.values()];
}

function identityOf(app: DroveApp): string {
  return `${vhostKey(app)} ${app.appId}`;
}

function joined(now: readonly Endpoint[], before: readonly Endpoint[]): readonly Endpoint[] {
  const keyOf = ({ host, port }: Endpoint) => `${host} ${port}`;
  const known = new Set(now.map(keyOf));
  return [...now, ...before.filter((one) => !known.has(keyOf(one)))];
}

import pMap from "p-map";
import type { Drained, Drains, Leaving } from "./drains.ts";
import type { PlusPeer } from "./nginx-plus-answers.ts";
import { nameOf } from "./nginx-plus-book.ts";
import { callsAtOnce } from "./nginx-plus-client.ts";
import { isMissing, type PlusHands, removeServer } from "./nginx-plus-steps.ts";

/**
 * Removes the leaving servers that have no request any more, and those whose time is up: nginx lets requests under way
 * end by themselves, so that none is cut. Returns those that are gone.
 */
export async function tendPlusDrains(
  drains: Drains,
  { now, ...hands }: PlusHands & { readonly now: number },
): Promise<readonly Drained[]> {
  const gone: Leaving[] = [];
  const byBackend = [...Map.groupBy(drains.all(), (one) => one.removal.backend)];
  await pMap(
    byBackend,
    async ([backend, group]) => {
      const upstream = hands.book.upstreamOf(backend);
      const answer = upstream === undefined ? undefined : await hands.client.peers(upstream, hands.signal);
      if (upstream === undefined || answer === undefined || isMissing(answer)) return void gone.push(...group);
      if (!answer.ok) return;
      for (const one of group)
        if (await isOver(one, { upstream, peers: answer.value, now, hands })) gone.push({ ...one, cut: 0 });
    },
    { concurrency: callsAtOnce },
  );
  return drains.end(gone, now);
}

/** After a reload it has another id, and may take requests again. */
async function isOver(
  { removal, until }: Leaving,
  options: {
    readonly upstream: string;
    readonly peers: readonly PlusPeer[];
    readonly now: number;
    readonly hands: PlusHands;
  },
): Promise<boolean> {
  const { upstream, peers, now, hands } = options;
  const peer = peers.find((one) =>
    [nameOf(one.server), `${nameOf(one.server)}#${one.id}`].includes(removal.server.name),
  );
  if (peer === undefined) return true;
  const at = { upstream, id: peer.id };
  if (peer.active === 0 || now >= until) return (await removeServer(removal, at, hands)) === "done";
  if (peer.state !== "draining") await hands.client.change(at, { drain: true }, hands.signal);
  return false;
}

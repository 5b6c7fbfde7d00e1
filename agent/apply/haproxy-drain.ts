import type { Step } from "../model.ts";
import type { SendCommands } from "./haproxy-cli.ts";
import { deletion, isGone, isStillBusy } from "./haproxy-commands.ts";
import { parseServersConn } from "./haproxy-state.ts";

type Removal = Step & { readonly kind: "remove" };

/** How a drain ended. `cut` counts the requests that did not end in time. */
export interface Drained {
  readonly backend: string;
  readonly server: string;
  readonly cut: number;
  readonly tookMs: number;
}

interface Leaving {
  readonly removal: Removal;
  readonly since: number;
  readonly until: number;
  /** Undefined until the bound is reached. */
  cut: number | undefined;
}

/** The servers that have left the load balancing and finish their last requests. */
export interface Drains {
  readonly size: number;
  has(backend: string, server: string): boolean;
  /** `elapsedMs`: how long it has been leaving already. */
  begin(removal: Removal, times: { readonly now: number; readonly elapsedMs: number; readonly drainMs: number }): void;
  /** It is wanted again. */
  cancel(backend: string, server: string): void;
  /** Deletes those that are idle, cuts those whose time is up; returns those that are gone. */
  tend(send: (commands: readonly string[]) => ReturnType<SendCommands>, now: number): Promise<readonly Drained[]>;
}

/** No drain has begun. The caller sees to it that `tend` never runs beside other commands. */
export function createDrains(): Drains {
  const leaving = new Map<string, Leaving>();
  return {
    get size() {
      return leaving.size;
    },
    has: (backend, server) => leaving.has(`${backend}/${server}`),
    begin(removal, { now, elapsedMs, drainMs }) {
      const since = now - elapsedMs;
      leaving.set(keyOf(removal), { removal, since, until: since + drainMs, cut: undefined });
    },
    cancel: (backend, server) => void leaving.delete(`${backend}/${server}`),
    async tend(send, now) {
      await cutLate(
        [...leaving.values()].filter((one) => one.cut === undefined && now >= one.until),
        send,
      );
      const all = [...leaving.values()];
      const replies = await send(all.map((one) => deletion(one.removal).line));
      const gone = all.filter((_, index) => isEnded(replies[index]));
      for (const one of gone) leaving.delete(keyOf(one.removal));
      return gone.map(({ removal, since, cut = 0 }) => ({
        backend: removal.backend,
        server: removal.server.name,
        cut,
        tookMs: Math.round(now - since),
      }));
    },
  };
}

/** Not deletable for any other reason than its connections means that it stays where it is: in maintenance. */
function isEnded(reply: { readonly ok: boolean; readonly text: string } | undefined): boolean {
  return reply !== undefined && (reply.ok || isGone(reply.text) || !isStillBusy(reply.text));
}

/** Counts what is cut, for the operator, then cuts it. */
async function cutLate(late: readonly Leaving[], send: Parameters<Drains["tend"]>[0]): Promise<void> {
  if (late.length === 0) return;
  const backends = [...new Set(late.map((one) => one.removal.backend))];
  const counts = await send(backends.map((backend) => `show servers conn ${backend}`));
  const byBackend = new Map(backends.map((backend, index) => [backend, parseServersConn(counts[index]?.text ?? "")]));
  for (const one of late) one.cut = byBackend.get(one.removal.backend)?.get(one.removal.server.name) ?? 0;
  await send(late.map(({ removal }) => `shutdown sessions server ${keyOf(removal)}`));
}

function keyOf({ backend, server }: Removal): string {
  return `${backend}/${server.name}`;
}

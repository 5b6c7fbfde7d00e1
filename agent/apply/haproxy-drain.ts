import { type Drained, type Drains, keyOf, type Leaving } from "./drains.ts";
import type { SendCommands } from "./haproxy-cli.ts";
import { deletion, isGone, isStillBusy } from "./haproxy-commands.ts";
import { parseServersConn } from "./haproxy-state.ts";

type Send = (commands: readonly string[]) => ReturnType<SendCommands>;

/**
 * Deletes the leaving servers that are idle, cuts those whose time is up; returns those that are gone. The caller sees to
 * it that it never runs beside other commands.
 */
export async function tendDrains(
  drains: Drains,
  { send, now }: { readonly send: Send; readonly now: number },
): Promise<readonly Drained[]> {
  await cutLate(
    drains.all().filter((one) => one.cut === undefined && now >= one.until),
    send,
  );
  const all = drains.all();
  const replies = await send(all.map((one) => deletion(one.removal).line));
  return drains.end(
    all.filter((_, index) => isEnded(replies[index])),
    now,
  );
}

/** Not deletable for any other reason than its connections means that it stays where it is: in maintenance. */
function isEnded(reply: { readonly ok: boolean; readonly text: string } | undefined): boolean {
  return reply !== undefined && (reply.ok || isGone(reply.text) || !isStillBusy(reply.text));
}

/** Counts what is cut, for the operator, then cuts it. */
async function cutLate(late: readonly Leaving[], send: Send): Promise<void> {
  if (late.length === 0) return;
  const backends = [...new Set(late.map((one) => one.removal.backend))];
  const counts = await send(backends.map((backend) => `show servers conn ${backend}`));
  // A backend may be gone by now, with its servers.
  const byBackend = new Map(
    backends.map((backend, index) => {
      const count = counts[index];
      return [backend, count?.ok ? parseServersConn(count.text) : new Map<string, number>()];
    }),
  );
  for (const one of late) one.cut = byBackend.get(one.removal.backend)?.get(one.removal.server.name) ?? 0;
  await send(late.map(({ removal }) => `shutdown sessions server ${keyOf(removal)}`));
}

import { ipFamily } from "../address.ts";
import type { Clock } from "../clock.ts";
import { withDeadline } from "../deadline.ts";
import { messageOf } from "../errors.ts";
import type { Addresses } from "../model.ts";

/** Host name → IP addresses, as `dns.lookup` of the machine answers (so /etc/hosts counts). */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** A name that could not be resolved; `kept` is the last known address, which stays in use. */
export interface Unresolved {
  readonly host: string;
  readonly reason: string;
  readonly kept: string | undefined;
}

/** The address of every host that has one. */
export interface Resolution {
  /** The same object for as long as all names have the same address. */
  readonly addresses: Addresses;
  /** Differs whenever the address of a name does. */
  readonly fingerprint: string;
  readonly unresolved: readonly Unresolved[];
}

/**
 * Turns the host names of instances into addresses. nginx resolves names only when it reads its configuration,
 * blocking, and refuses the whole file for one dead name; so the agent does it, keeps answers, and keeps the last known
 * address of a name when DNS fails.
 */
export interface Resolver {
  /** Known names are answered from memory; new ones are asked for, all at once, within the deadline. */
  resolve(hosts: readonly string[], signal: AbortSignal): Promise<Resolution>;
  /** Asks again for every known name from time to time, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

interface Entry {
  readonly address: string | undefined;
  readonly failure: string | undefined;
}

/** A resolver with nothing in memory. `onChange` is called when a known name got another address. */
export function createResolver(options: {
  readonly lookup: Lookup;
  readonly clock: Clock;
  readonly timeoutMs: () => number;
  readonly refreshMs: number;
  readonly onChange: () => void;
}): Resolver {
  const { clock, onChange, refreshMs } = options;
  const known = new Map<string, Entry>();
  const last = { fingerprint: "", addresses: addressesOf(known) };

  async function ask(host: string, signal: AbortSignal): Promise<boolean> {
    const before = known.get(host);
    const after = await lookupOnce(() =>
      withDeadline({ clock, signal, ms: options.timeoutMs() }, () => options.lookup(host)),
    );
    known.set(host, { address: after.address ?? before?.address, failure: after.failure });
    return before !== undefined && after.address !== undefined && after.address !== before.address;
  }

  return {
    async resolve(hosts, signal) {
      const names = new Set(hosts.filter((host) => ipFamily(host) === 0));
      for (const host of known.keys()) if (!names.has(host)) known.delete(host);
      await Promise.all([...names].filter((host) => !known.has(host)).map((host) => ask(host, signal)));
      const fingerprint = [...known].map(([host, { address }]) => `${host}=${address}`).join(" ");
      if (fingerprint !== last.fingerprint) Object.assign(last, { fingerprint, addresses: addressesOf(known) });
      return { ...last, unresolved: unresolvedIn(known) };
    },
    async run(signal) {
      while (!signal.aborted) {
        const failing = [...known.values()].some((entry) => entry.failure !== undefined);
        await clock.sleep(failing ? Math.min(refreshMs, 5000) : refreshMs, signal);
        if (signal.aborted) return;
        const changed = await Promise.all([...known.keys()].map((host) => ask(host, signal)));
        if (changed.includes(true) && !signal.aborted) onChange();
      }
    },
  };
}

function addressesOf(known: ReadonlyMap<string, Entry>): Addresses {
  const names = new Map([...known].map(([host, { address }]) => [host, address]));
  return { get: (host) => names.get(host) ?? (ipFamily(host) === 0 ? undefined : host) };
}

function unresolvedIn(known: ReadonlyMap<string, Entry>): readonly Unresolved[] {
  return [...known].flatMap(([host, { address, failure }]) =>
    failure === undefined ? [] : [{ host, reason: failure, kept: address }],
  );
}

async function lookupOnce(ask: () => Promise<readonly string[]>): Promise<Entry> {
  try {
    const address = preferred(await ask());
    return { address, failure: address === undefined ? "has no address" : undefined };
  } catch (error) {
    return { address: undefined, failure: messageOf(error) };
  }
}

/** The same answer whatever the order of the records: IPv4 first, then the lowest. */
function preferred(addresses: readonly string[]): string | undefined {
  return [...addresses].sort((left, right) => ipFamily(left) - ipFamily(right) || (left < right ? -1 : 1))[0];
}

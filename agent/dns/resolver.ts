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

/** Longer than any resolver tries: what has not been answered by then will not be. */
const lostAfterMs = 60_000;

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

  /** Lookups cannot be stopped: while one is under way, no other one of its name is begun, or they would queue up. */
  const underWay = new Map<string, { readonly since: number; readonly answer: Promise<Entry> }>();

  function lookUp(host: string): Promise<Entry> {
    const since = clock.monotonic();
    const running = underWay.get(host);
    if (running !== undefined && since - running.since < lostAfterMs) return running.answer;
    const answer = lookupOnce(options.lookup, host).finally(() => {
      if (underWay.get(host)?.answer === answer) underWay.delete(host);
    });
    underWay.set(host, { since, answer });
    return answer;
  }

  async function ask(host: string, signal: AbortSignal): Promise<boolean> {
    const answer = lookUp(host);
    const inTime = withDeadline({ clock, signal, ms: options.timeoutMs() }, () => answer);
    return learn(
      host,
      await inTime.catch((error: unknown): Entry => {
        void learnLate(host, answer);
        return { address: undefined, failure: messageOf(error) };
      }),
    );
  }

  /** The machine looks up a few names at a time: of many, the last ones may always be late, and count all the same. */
  async function learnLate(host: string, answer: Promise<Entry>): Promise<void> {
    const entry = await answer;
    if (known.has(host) && learn(host, entry)) onChange();
  }

  /** True if a known name has another address now. */
  function learn(host: string, { address, failure }: Entry): boolean {
    const before = known.get(host);
    known.set(host, { address: address ?? before?.address, failure });
    return before !== undefined && address !== undefined && address !== before.address;
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

async function lookupOnce(lookup: Lookup, host: string): Promise<Entry> {
  try {
    const address = preferred(await lookup(host));
    return { address, failure: address === undefined ? "has no address" : undefined };
  } catch (error) {
    return { address: undefined, failure: messageOf(error) };
  }
}

/** The same answer whatever the order of the records: IPv4 first, then the lowest. */
function preferred(addresses: readonly string[]): string | undefined {
  return [...addresses].sort((left, right) => ipFamily(left) - ipFamily(right) || (left < right ? -1 : 1))[0];
}

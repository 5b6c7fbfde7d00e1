/*
 * What may be answered, and what may fail. A request that went wrong counts as failed unless one of the excuses below
 * held at some moment between its sending and its end; each excuse is a fact that no proxy could have helped:
 *
 *   - `proxy-down`: the whole proxy was killed, until it answers again.
 *   - `worker-killed`: a worker was killed; what it had in hand is lost.
 *   - `vhost-withdrawn`: the cluster took the vhost, or its last instance, away: 503 is then the right answer.
 *   - `instances-dead`: all instances of the vhost had died.
 *   - `in-hand-of-the-dying`: an instance was killed while the request was on its way, and it was a POST, which nobody
 *     may send twice, or its answer had begun, which nobody can take back.
 *
 * An answer is a wrong route if the instance is of another vhost, or was known to be out of the proxy before the
 * request was sent. No excuse holds for that.
 */

/** One request of the load, with all that came of it. */
export interface Outcome {
  readonly vhost: string;
  readonly method: string;
  readonly manner: string;
  /** Both in ms of a clock that never jumps. */
  readonly sentAt: number;
  readonly endedAt: number;
  /** Undefined if there was no whole answer. */
  readonly status?: number | undefined;
  readonly instance?: string | undefined;
  readonly error?: string | undefined;
  /** The head of the answer had come. */
  readonly begun: boolean;
}

export type ExcuseKind = "proxy-down" | "worker-killed" | "vhost-withdrawn" | "instances-dead" | "in-hand-of-the-dying";

export interface Excuse {
  readonly kind: ExcuseKind;
  /** Default: all. */
  readonly vhost?: string;
}

export type Verdict =
  | { readonly kind: "served" }
  | { readonly kind: "excused"; readonly why: ExcuseKind }
  | { readonly kind: "failed" | "wrong-route"; readonly why: string };

interface Listing {
  readonly vhost: string;
  /** When it was known to be out of the proxy; undefined while it may be in. */
  outAt: number | undefined;
}

export interface Ledger {
  /** From now on the instance may answer for the vhost. */
  admit(instance: string, vhost: string): void;
  /** The instance is out of the proxy: whatever is sent from now on must not reach it. */
  expel(instance: string): void;
  isAdmitted(instance: string, vhost: string): boolean;
  /** The excuse holds from now on, until the returned function is called. */
  excuse(excuse: Excuse): () => void;
  judge(outcome: Outcome): Verdict;
}

/** Nothing is admitted and nothing excused. */
export function createLedger(now: () => number): Ledger {
  const listings = new Map<string, Listing>();
  let excuses: (Excuse & { readonly from: number; to: number })[] = [];
  // Longer than any request may take.
  const forget = () => {
    excuses = excuses.filter((one) => one.to > now() - 120_000);
  };
  return {
    admit: (instance, vhost) => void listings.set(instance, { vhost, outAt: undefined }),
    expel(instance) {
      const listing = listings.get(instance);
      if (listing !== undefined) listing.outAt ??= now();
    },
    isAdmitted: (instance, vhost) => {
      const listing = listings.get(instance);
      return listing?.vhost === vhost && listing.outAt === undefined;
    },
    excuse(excuse) {
      forget();
      const entry = { ...excuse, from: now(), to: Number.POSITIVE_INFINITY };
      excuses.push(entry);
      return () => {
        entry.to = now();
      };
    },
    judge(outcome) {
      const { instance, status, sentAt, endedAt } = outcome;
      if (instance !== undefined) {
        const wrong = wrongRoute(outcome, listings.get(instance));
        if (wrong !== undefined) return { kind: "wrong-route", why: wrong };
      }
      if (status === 200 && instance !== undefined) return { kind: "served" };
      const excuse = excuses.find((one) => one.from <= endedAt && one.to >= sentAt && fits(one, outcome));
      if (excuse !== undefined) return { kind: "excused", why: excuse.kind };
      return { kind: "failed", why: outcome.error ?? `status ${status}` };
    },
  };
}

function wrongRoute({ vhost, instance, sentAt }: Outcome, listing: Listing | undefined): string | undefined {
  if (listing === undefined) return `${vhost} was answered by ${instance}, which nobody has listed`;
  if (listing.vhost !== vhost) return `${vhost} was answered by ${instance} of ${listing.vhost}`;
  if (listing.outAt === undefined || listing.outAt >= sentAt) return undefined;
  return `${vhost} was answered by ${instance}, out of the proxy for ${Math.round(sentAt - listing.outAt)} ms`;
}

function fits({ kind, vhost }: Excuse, outcome: Outcome): boolean {
  if (vhost !== undefined && vhost !== outcome.vhost) return false;
  if (kind === "vhost-withdrawn") return outcome.status === 503;
  if (kind === "in-hand-of-the-dying") return outcome.method === "POST" || outcome.begun;
  return true;
}

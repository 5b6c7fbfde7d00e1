import { withoutBrackets } from "../address.ts";
import type { Clock } from "../clock.ts";
import type { AppList } from "../drove/schema.ts";
import type { Leader, NamespaceSnapshot } from "../model.ts";
import type { ListReason } from "./decide.ts";
import type { DiscoveryObserver } from "./status.ts";

export interface IntakeOptions {
  readonly namespace: string;
  readonly clock: Clock;
  readonly observer: DiscoveryObserver;
  /** Told of the first list, and then of each that differs from the one before in content or leader. */
  readonly onSnapshot: (snapshot: NamespaceSnapshot) => void;
  /** Told that a controller gave the same list again, and when (ms since the epoch). */
  readonly onConfirmed: (fetchedAt: number) => void;
}

/** Where the lists of a namespace arrive. */
export interface Intake {
  /** A list that is the same object as before says nothing new. */
  take(list: AppList, from: Arrival): "changed" | "same";
}

export interface Arrival {
  readonly leader: string;
  readonly reason: ListReason;
  /** Relevant events reported just before. */
  readonly announced: number;
  /** Time of the newest of them, in ms since the epoch by the controller's clock. */
  readonly eventAt?: number;
}

export function createIntake({ namespace, clock, observer, onSnapshot, onConfirmed }: IntakeOptions): Intake {
  const memory = { list: undefined as AppList | undefined, leader: "" };
  return {
    take(list, { leader, reason, announced, eventAt }) {
      const sameContent = memory.list === list;
      if (sameContent && memory.leader === leader) {
        onConfirmed(clock.now());
        return "same";
      }
      const { value: apps, notes } = list;
      const unannounced = announced === 0 && (reason === "interval" || reason === "confirm");
      if (unannounced && !sameContent) observer.eventsMissed({ namespace });
      onSnapshot({
        namespace,
        apps,
        leader: leaderAt(leader),
        fetchedAt: clock.now(),
        ...(eventAt !== undefined && { eventAt }),
        source: "controller",
        notes: notes.map((note) => ({ ...note, namespace })),
      });
      memory.list = list;
      memory.leader = leader;
      return "changed";
    },
  };
}

/** The leader as templates see it: host without brackets, port always given. */
function leaderAt(endpoint: string): Leader {
  const { hostname, port, protocol } = new URL(endpoint);
  const fallback = protocol === "https:" ? 443 : 80;
  return { endpoint, host: withoutBrackets(hostname), port: port === "" ? fallback : Number(port) };
}

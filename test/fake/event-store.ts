/** Every type of event that Drove knows. */
const eventTypes = [
  "APP_STATE_CHANGE",
  "INSTANCE_STATE_CHANGE",
  "TASK_STATE_CHANGE",
  "LOCAL_SERVICE_STATE_CHANGE",
  "LOCAL_SERVICE_INSTANCE_STATE_CHANGE",
  "EXECUTOR_ADDED",
  "EXECUTOR_REMOVED",
  "EXECUTOR_BLACKLIST_REQUESTED",
  "EXECUTOR_BLACKLISTED",
  "EXECUTOR_UN_BLACKLISTED",
  "MAINTENANCE_MODE_SET",
  "MAINTENANCE_MODE_REMOVED",
  "LEADERSHIP_ACQUIRED",
  "LEADERSHIP_LOST",
] as const;

export type EventType = (typeof eventTypes)[number];

/** `data` of the event summary. */
export interface EventSummary {
  readonly eventsCount: Readonly<Partial<Record<EventType, number>>>;
  readonly lastSyncTime: number;
}

/** The event store in the memory of one controller. Times are ms since the epoch, by that controller's clock. */
export interface EventStore {
  record(type: EventType, time: number): void;
  /** Counts events strictly later than `lastSyncTime`: a second event in a millisecond already told is lost. */
  summarize(lastSyncTime: number): EventSummary;
  /** Drops what is older than `time`: the retention. */
  forgetBefore(time: number): void;
  /** What a change of leadership does. */
  wipe(): void;
}

/**
 * An empty store. The summary's `lastSyncTime` is the time of the newest event, even where that is earlier than the
 * time asked about (a leader whose clock is behind), and an echo of the question when there is no event.
 */
export function createEventStore(): EventStore {
  const slots = new Map<number, EventType[]>();
  return {
    record(type, time) {
      const slot = slots.get(time);
      if (slot === undefined) slots.set(time, [type]);
      else slot.push(type);
    },
    summarize(lastSyncTime) {
      const later = [...slots].filter(([time]) => time > lastSyncTime);
      return {
        eventsCount: countByType(later.flatMap(([, types]) => types)),
        lastSyncTime: slots.size === 0 ? lastSyncTime : latestOf(slots.keys()),
      };
    },
    forgetBefore(limit) {
      for (const time of slots.keys()) if (time < limit) slots.delete(time);
    },
    wipe: () => slots.clear(),
  };
}

function countByType(types: readonly EventType[]): EventSummary["eventsCount"] {
  const counts: Partial<Record<EventType, number>> = {};
  for (const type of types) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

function latestOf(times: Iterable<number>): number {
  let latest = Number.NEGATIVE_INFINITY;
  for (const time of times) latest = Math.max(latest, time);
  return latest;
}

import type { DiscoveryLog, DiscoveryObserver } from "../../../agent/discovery/status.ts";

export interface Recorder {
  readonly log: DiscoveryLog;
  readonly observer: DiscoveryObserver;
  /** Lines of warn and info so far, e.g. `info controller leads`; then forgets them. */
  takeLines(): readonly string[];
  /** How often each function of the observer was called so far. */
  count(name: keyof DiscoveryObserver): number;
  /** The newest facts that the function was called with. */
  last(name: keyof DiscoveryObserver): Readonly<Record<string, unknown>> | undefined;
}

/** A log and an observer that remember. */
export function createRecorder(): Recorder {
  const lines: string[] = [];
  const facts: [string, Readonly<Record<string, unknown>>][] = [];
  const note = (name: string) => (fact: Readonly<Record<string, unknown>>) => void facts.push([name, fact]);
  const of = (name: string) => facts.filter(([one]) => one === name);
  return {
    log: {
      debug: () => undefined,
      info: (message) => void lines.push(`info ${message}`),
      warn: (message) => void lines.push(`warn ${message}`),
    },
    observer: {
      endpointCheckFailed: note("endpointCheckFailed"),
      endpointsCounted: note("endpointsCounted"),
      eventsFailed: note("eventsFailed"),
      eventsMissed: note("eventsMissed"),
      eventsReceived: note("eventsReceived"),
      guardDecided: note("guardDecided"),
      listFailed: note("listFailed"),
      listReceived: note("listReceived"),
      namespaceRemoved: note("namespaceRemoved"),
    },
    takeLines: () => lines.splice(0),
    count: (name) => of(name).length,
    last: (name) => of(name).at(-1)?.[1],
  };
}

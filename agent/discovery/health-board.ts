import type { EndpointStatus } from "./status.ts";

/** How each controller of a namespace answered last. */
export interface HealthBoard {
  note(status: EndpointStatus): void;
  /** In configured order. */
  statuses(): readonly EndpointStatus[];
}

/** A board on which no controller has answered yet. `onChange` is called when a note differs from the last one. */
export function createHealthBoard(endpoints: readonly string[], onChange: () => void): HealthBoard {
  const known = new Map<string, EndpointStatus>(
    endpoints.map((endpoint) => [endpoint, { endpoint, healthy: false, message: "not asked yet" }]),
  );
  return {
    note(status) {
      const before = known.get(status.endpoint);
      if (before?.healthy === status.healthy && before.message === status.message) return;
      known.set(status.endpoint, status);
      onChange();
    },
    statuses: () => [...known.values()],
  };
}

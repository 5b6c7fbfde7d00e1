import type { Call } from "./answer.ts";
import type { Authorization } from "./authorization.ts";
import type { FaultKind } from "./faults.ts";

/** One request as a controller saw it. Secrets are left out: `authorization` says how it was judged. */
export interface SeenRequest {
  /** Counts from 1 over all controllers of the cluster. */
  readonly number: number;
  readonly controller: number;
  /** Counts from 1 over the controller's connections that carried a request: equal numbers prove keep-alive. */
  readonly connection: number;
  readonly call: Call;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly authorization: Authorization;
  readonly credentials: "none" | "basic" | "other";
  /** The fault that struck it. */
  readonly fault: FaultKind | undefined;
  /** Status of the whole answer; undefined as long as, or if, it did not leave whole. */
  readonly status: number | undefined;
}

/** The requests that came, oldest first, and the place to wait for more. */
export interface RequestLog {
  /** Returns the way to note the status when the answer has left. */
  open(request: Omit<SeenRequest, "number" | "status">): (status: number) => void;
  seen(): readonly SeenRequest[];
  /** Forgets what came so far. */
  clear(): void;
  /** Has waiters look again: something else than a request happened. */
  stir(): void;
  /** Resolves once the predicate holds, looked at now and after everything that happens; rejects at the deadline. */
  waitFor(
    predicate: (seen: readonly SeenRequest[]) => boolean,
    options?: { readonly deadlineMs?: number },
  ): Promise<void>;
}

/** Enough for any test, little enough for a day of demo. */
const kept = 10_000;

/** An empty log. */
export function createRequestLog(): RequestLog {
  const state = { total: 0 };
  const requests: SeenRequest[] = [];
  const watchers = new Set<() => void>();
  const stir = (): void => {
    for (const look of [...watchers]) look();
  };
  return {
    stir,
    seen: () => [...requests],
    clear: () => requests.splice(0),
    open(request) {
      state.total += 1;
      const entry: SeenRequest = { ...request, number: state.total, status: undefined };
      requests.push(entry);
      if (requests.length > kept) requests.shift();
      stir();
      return (status) => {
        const at = requests.lastIndexOf(entry);
        if (at >= 0) requests[at] = { ...entry, status };
        stir();
      };
    },
    waitFor(predicate, { deadlineMs = 5000 } = {}) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => settle(() => reject(missed(requests, deadlineMs))), deadlineMs);
        const settle = (end: () => void): void => {
          clearTimeout(timer);
          watchers.delete(look);
          end();
        };
        const look = (): void => {
          try {
            if (predicate(requests)) settle(resolve);
          } catch (error) {
            settle(() => reject(error));
          }
        };
        watchers.add(look);
        look();
      });
    },
  };
}

function missed(seen: readonly SeenRequest[], deadlineMs: number): Error {
  const last = seen
    .slice(-10)
    .map((one) => `  #${one.number} controller ${one.controller} ${one.call} → ${one.status}`);
  return new Error(`not so within ${deadlineMs} ms; the last requests were\n${last.join("\n") || "  none"}`);
}

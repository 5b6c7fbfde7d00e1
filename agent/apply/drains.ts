import type { Step } from "../model.ts";

export type Removal = Step & { readonly kind: "remove" };

/** How a drain ended. `cut` counts the requests that did not end in time. */
export interface Drained {
  readonly backend: string;
  readonly server: string;
  readonly cut: number;
  readonly tookMs: number;
}

/** A server that takes no new request and finishes its last ones. Times are monotonic, in ms. */
export interface Leaving {
  readonly removal: Removal;
  readonly since: number;
  /** Longer it need not be waited for. */
  readonly until: number;
  /** Undefined until the bound is reached. */
  cut: number | undefined;
}

/** The servers that are leaving. */
export interface Drains {
  readonly size: number;
  has(backend: string, server: string): boolean;
  /** `elapsedMs`: how long it has been leaving already. */
  begin(removal: Removal, times: { readonly now: number; readonly elapsedMs: number; readonly drainMs: number }): void;
  /** It is wanted again. */
  cancel(backend: string, server: string): void;
  all(): readonly Leaving[];
  /** These are gone. */
  end(gone: readonly Leaving[], now: number): readonly Drained[];
}

/** No drain has begun. */
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
    all: () => [...leaving.values()],
    end(gone, now) {
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

/** `BACKEND/SERVER`. */
export function keyOf({ backend, server }: Pick<Removal, "backend" | "server">): string {
  return `${backend}/${server.name}`;
}

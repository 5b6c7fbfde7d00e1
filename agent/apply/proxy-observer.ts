/** Told of what a driver does between a plan and its report. */
export interface ProxyObserver {
  /** A call of the proxy's API; `operation` is one of a fixed few. */
  readonly called: (call: { readonly operation: string; readonly ok: boolean }) => void;
  /** All steps of a plan were sent and answered. */
  readonly updated: (update: { readonly ok: boolean; readonly ms: number }) => void;
  /** A leaving server is gone. `cut` of its requests did not end in time. */
  readonly drained: (drain: {
    readonly backend: string;
    readonly server: string;
    readonly cut: number;
    readonly tookMs: number;
  }) => void;
  /** How many servers are leaving now. */
  readonly draining: (count: number) => void;
  /** The server-state file was written, or not. */
  readonly stateSaved: (error: unknown) => void;
}

/** Nobody who wants to know. */
export const noObserver: ProxyObserver = {
  called: () => undefined,
  updated: () => undefined,
  drained: () => undefined,
  draining: () => undefined,
  stateSaved: () => undefined,
};

/** Who is told of steps that went ahead: what is refused of them is planned again, and told then. */
export function observerAhead(observer: ProxyObserver): Pick<ProxyObserver, "called" | "updated"> {
  return {
    called: (call) => (call.ok ? observer.called(call) : undefined),
    updated: (update) => (update.ok ? observer.updated(update) : undefined),
  };
}

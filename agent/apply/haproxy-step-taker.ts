import type { Clock, Wake } from "../clock.ts";
import { AgentError } from "../errors.ts";
import type { Step, StepFailure } from "../model.ts";
import { weightOf } from "../server-weight.ts";
import type { Drains } from "./drains.ts";
import type { Converse, Say } from "./haproxy-cli.ts";
import { isWarming } from "./haproxy-commands.ts";
import type { Observed } from "./haproxy-observe.ts";
import type { HaproxySettings } from "./haproxy-settings.ts";
import { runSteps } from "./haproxy-steps.ts";
import type { WarmUp } from "./haproxy-warm-up.ts";
import type { Lock } from "./lock.ts";
import type { ProxyObserver } from "./proxy-observer.ts";
import type { Warming } from "./ramp.ts";

/** How steps are taken. */
export interface Taking {
  readonly signal: AbortSignal;
  readonly observer: Pick<ProxyObserver, "called" | "updated">;
  /** Asked on the same connection: where it is not, nothing is done. */
  readonly isSame?: (say: Say) => Promise<boolean>;
}

/** The steps that were sent, and those that HAProxy refused. */
export interface Taken {
  readonly taken: readonly Step[];
  readonly failed: readonly StepFailure[];
}

/**
 * Moves the members of HAProxy, each by itself: those that it refuses are reported, those that are busy go on leaving,
 * those that have come warm up.
 */
export function createStepTaker(parts: {
  readonly settings: () => HaproxySettings;
  readonly clock: Clock;
  readonly drains: Drains;
  readonly warmUp: Pick<WarmUp, "begin">;
  readonly exclusive: Lock;
  /** Rung when a drain may have begun. */
  readonly wake: Wake;
  readonly talk: () => Converse | undefined;
  /** What the newest cycle saw. */
  readonly observed: () => Observed | undefined;
}): (batches: Iterable<readonly Step[]>, taking: Taking) => Promise<Taken> {
  const { clock, drains, warmUp, wake } = parts;

  return async (batches, { signal, observer, isSame = async () => true }) => {
    const talk = parts.talk();
    if (talk === undefined) throw new AgentError("proxy-api-failed", "haproxysocketaddr is no longer set");
    const { controlPlaneTimeoutMs: timeoutMs, drainMs, warmUpMs } = parts.settings();
    const begun = clock.monotonic();
    const taken: Step[] = [];
    const failed = await parts.exclusive(async () => {
      const results = await talk({ signal, timeoutMs }, async (say) =>
        (await isSame(say))
          ? await runSteps(wanted(batches, taken), { say, called: observer.called, warmsUp: warmUpMs > 0 })
          : undefined,
      );
      if (results === undefined) return [];
      warmUp.begin(warmUpMs > 0 ? warmingOf(taken, results.failed) : []);
      for (const removal of results.leaving)
        drains.begin(removal, { now: clock.monotonic(), elapsedMs: elapsedOf(removal), drainMs });
      return results.failed;
    });
    if (taken.length > 0) observer.updated({ ok: failed.length === 0, ms: clock.monotonic() - begun });
    wake.ring();
    return { taken, failed };
  };

  /** Collects the steps as they go out. None of their servers is to be cut any more. */
  function* wanted(batches: Iterable<readonly Step[]>, taken: Step[]): Generator<readonly Step[]> {
    for (const steps of batches) {
      for (const { backend, server } of steps) drains.cancel(backend, server.name);
      for (const step of steps) taken.push(step);
      yield steps;
    }
  }

  /** How long a server has been in maintenance when an agent of before began its drain. HAProxy knows. */
  function elapsedOf({ backend, server }: Step): number {
    const found = parts.observed()?.servers.find((one) => one.name === server.name && one.backend === backend);
    return found === undefined || (found.admin & 1) === 0 ? 0 : found.secondsSinceChange * 1000;
  }
}

/** The servers that were added with a share of their weight. */
function warmingOf(steps: readonly Step[], failed: readonly StepFailure[]): readonly Warming[] {
  const refused = new Set(failed.map(({ step }) => step));
  return steps
    .filter(isWarming)
    .filter((step) => !refused.has(step))
    .map(({ backend, server }) => ({ backend, server: server.name, weight: weightOf(server.attributes) }));
}

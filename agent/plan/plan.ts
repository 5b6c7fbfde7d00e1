import type { DesiredState, Plan, Reason, RenderedFile, RunningState } from "../model.ts";
import { diffDesired, reason } from "./diff.ts";

/** What the last proven apply was made from; undefined until there was one. */
export interface Applied {
  readonly desired: DesiredState;
  /** Name the inputs, so that a changed one can be told as a reason. */
  readonly template: string;
  readonly config: string;
}

/** Everything that a plan depends on. */
export interface PlanInputs {
  readonly file: RenderedFile;
  readonly running: RunningState;
  readonly wanted: Applied;
  readonly applied: Applied | undefined;
}

/**
 * What has to happen for the proxy to serve the rendered file, and why. An equal file that the proxy serves already
 * needs nothing, however it came about.
 */
export function planChanges(inputs: PlanInputs): Plan {
  const { file, running } = inputs;
  const sameText = running.file?.text === file.text;
  const plan = { file, steps: [], check: "needed", writes: true, missingBackends: [] } as const;
  const outOfStep = running.running && file.carriesGeneration && running.servedGeneration !== file.generation;
  if (sameText && !running.running) {
    return running.startable
      ? { ...plan, kind: "start", reasons: [whole("proxy-started", file)] }
      : { ...plan, kind: "none", reasons: [] };
  }
  if (sameText && !outOfStep && !running.unproven) return { ...plan, kind: "none", reasons: [] };
  const reasons = sameText ? [whole(running.unproven ? "unproven" : "out-of-step", file)] : reasonsOf(inputs);
  return { ...plan, kind: running.running ? "reload" : running.startable ? "start" : "write", reasons };
}

function reasonsOf({ file, running, wanted, applied }: PlanInputs): readonly Reason[] {
  if (running.file === undefined) return [whole("first-config", file)];
  if (applied === undefined) return [whole("out-of-step", file)];
  const found = [
    ...diffDesired(applied.desired, wanted.desired),
    ...(applied.template === wanted.template ? [] : [whole("template-changed", file)]),
    ...(applied.config === wanted.config ? [] : [whole("config-changed", file)]),
  ];
  return found.length > 0 ? found : [whole("attributes-changed", file)];
}

function whole(code: Reason["code"], file: RenderedFile): Reason {
  return reason(code, [file.path]) ?? { code, subjects: [], count: 0 };
}

/** One line for people: `members-changed a.test, b.test and 3 more`. */
export function describeReasons(reasons: readonly Reason[]): string {
  return reasons
    .map(({ code, subjects, count }) => {
      const more = count > subjects.length ? ` and ${count - subjects.length} more` : "";
      return `${code} ${subjects.join(", ")}${more}`;
    })
    .join("; ");
}

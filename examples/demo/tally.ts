import type { Fared } from "./change.ts";

export interface Result {
  readonly changes: readonly Fared[];
  readonly requests: number;
  readonly failed: number;
  /** Why the demo had to end early. */
  readonly broken: string | undefined;
}

/** True if every change was served, no request failed, and there was something to judge. */
export function allWell({ changes, failed, requests, broken }: Result): boolean {
  return broken === undefined && failed === 0 && requests > 0 && changes.every((one) => one.tookMs !== undefined);
}

/** The last lines of the demo. */
export function summary(result: Result): readonly string[] {
  const { changes, requests, failed } = result;
  const times = changes.flatMap((one) => one.tookMs ?? []).sort((left, right) => left - right);
  const missed = changes.length - times.length;
  const spread =
    times.length === 0
      ? ""
      : `; from the controller's answer to the first response: median ${ms(times[times.length >> 1])}, slowest ${ms(times.at(-1))}`;
  return [
    `${plural(changes.length, "change")}, ${missed === 0 ? "all served" : `${missed} not served`}${spread}`,
    `${plural(requests, "request")} meanwhile, ${failed} failed`,
    ...(result.broken === undefined ? [] : [result.broken]),
  ];
}

function ms(value = 0): string {
  return `${Math.round(value)} ms`;
}

function plural(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}

import { describeDuration } from "../duration.ts";
import type { ChangesView, WaitingView } from "../insight/waiting.ts";
import { describeMembers } from "../plan/changes.ts";
import { describeReasons } from "../plan/plan.ts";
import type { Paint } from "./paint.ts";

/** What holds changes, as the API says it. */
export interface HeldView {
  readonly by: "freeze" | "proxy-restart" | "old-workers";
  readonly since: string;
  readonly until?: string;
  readonly reason?: string;
  readonly oldGenerations?: number;
  readonly maxOldGenerations?: number;
}

/** The answer of `/v1/plan`. */
export type PlanAnswer = WaitingView & { readonly held?: HeldView };

/** At most this many lines of each kind: the rest is in `--json`. */
const mostLines = 20;

/** The answer of `/v1/plan` for people. `now` in ms since the epoch. */
export function planText(answer: PlanAnswer, { paint, now }: { readonly paint: Paint; readonly now: number }): string {
  const held = answer.held && paint("yellow", heldText(answer.held, now));
  const lines = [held, ...stateLines(answer, paint), ...changeLines(answer.changes, paint)];
  return `${lines.filter((line) => line !== undefined).join("\n")}\n`;
}

/** What is held, by whom, how long, and what ends it. */
export function heldText({ by, since, until, reason = "", ...counts }: HeldView, now: number): string {
  if (by === "proxy-restart") return `held since ${since}: the proxy restarts (SIGUSR1), SIGUSR2 ends it`;
  const end =
    until === undefined ? "until thawed" : `until ${until} (${describeDuration(Date.parse(until) - now)} left)`;
  if (by === "old-workers") {
    const { oldGenerations, maxOldGenerations } = counts;
    return `reloads wait since ${since}, at most ${end}: workers of ${oldGenerations} earlier generations still finish requests, and max_old_workers is ${maxOldGenerations}`;
  }
  return `frozen since ${since}, ${end}${reason === "" ? "" : `: ${reason}`}`;
}

const verbs = {
  none: "nothing",
  write: "write the configuration, without a reload",
  start: "start the proxy",
  runtime: "change the running proxy, without a reload",
  reload: "reload the proxy",
} as const;

function stateLines({ state, error, plan, held }: PlanAnswer, paint: Paint): readonly string[] {
  if (state === "in-step") return [paint("green", held ? "nothing waits" : "in step: nothing waits")];
  if (state === "starting") return [paint("yellow", "no plan yet: there is no data or no template that can be used")];
  const failing = error === undefined ? [] : [paint("red", `not applied, tried again by itself: ${error}`)];
  if (plan === undefined) return failing;
  const steps = plan.stepCount === 0 ? "" : ` in ${plan.stepCount} steps`;
  const why = plan.reasons.length === 0 ? "" : `, because ${describeReasons(plan.reasons)}`;
  const missing = plan.missingBackends.map((one) => paint("yellow", `the proxy has no backend ${one}`));
  return [...failing, paint("bold", `waits: ${verbs[plan.kind]}${steps}${why}`), ...missing];
}

function changeLines(changes: ChangesView | undefined, paint: Paint): readonly string[] {
  if (changes === undefined) return [];
  const { added, removed, changed } = changes;
  return [
    ...few(added, ({ vhost, members: all }) => [
      paint("green", `  + ${vhost}`) + paint("dim", `  ${describeMembers(all.length)}`),
    ]),
    ...few(removed, ({ vhost, members: all }) => [
      paint("red", `  - ${vhost}`) + paint("dim", `  ${describeMembers(all.length)}`),
    ]),
    ...few(changed, (one) => [
      paint("yellow", `  ~ ${one.vhost}`) + paint("dim", one.others.length === 0 ? "" : `  ${one.others.join(", ")}`),
      ...few(one.added, (url) => [paint("green", `      + ${url}`)]),
      ...few(one.removed, (url) => [paint("red", `      - ${url}`)]),
    ]),
  ];
}

function few<T>(all: readonly T[], linesOf: (one: T) => readonly string[]): readonly string[] {
  const more = all.length - mostLines;
  return [...all.slice(0, mostLines).flatMap(linesOf), ...(more > 0 ? [`    and ${more} more, see --json`] : [])];
}

/** A unified diff in colours. */
export function diffText(diff: string, paint: Paint): string {
  if (diff === "") return "";
  const lines = diff.replace(/\n$/, "").split("\n");
  return `${lines.map((line, index) => paintLine(line, { index, paint })).join("\n")}\n`;
}

function paintLine(line: string, { index, paint }: { readonly index: number; readonly paint: Paint }): string {
  if (index < 2) return paint("bold", line);
  if (line.startsWith("@@")) return paint("cyan", line);
  return line.startsWith("+") ? paint("green", line) : line.startsWith("-") ? paint("red", line) : line;
}

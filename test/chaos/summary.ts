import type { WorldReport } from "./run-world.ts";
import { trendOf } from "./samples.ts";

/** True if nothing went wrong that the numbers of a run forbid. Trends need an hour: a run tells them, and no more. */
export function isClean({ failed, wrongRoutes, outOfStep }: WorldReport): boolean {
  return failed + wrongRoutes + outOfStep === 0;
}

/** The summary of a run, for people. */
export function summaryOf(reports: readonly WorldReport[]): string {
  return [...reports.map(worldSummary), ...reports.filter((one) => !isClean(one)).map(failuresOf)].join("\n\n");
}

function worldSummary(report: WorldReport): string {
  const { proxy, isAgentSpared, seed, minutes, convergenceMs } = report;
  const taken = Object.values(report.steps).reduce((sum, count) => sum + count, 0);
  const excused = Object.entries(report.excused).map(([why, count]) => `${why} ${count}`);
  const lines = [
    `${proxy}, ${isAgentSpared ? "agent spared" : `${report.agents} agents seen, killed and restarted`}: seed ${seed}, ${minutes.toFixed(1)} min`,
    `  steps            ${taken}, in step after ${convergenceMs.median} ms (median), ${convergenceMs.most} ms (most)`,
    `  requests         ${report.requests}, served ${report.served}`,
    `  excused          ${excused.join(", ") || "none"}`,
    `  failed           ${report.failed}`,
    `  wrong routes     ${report.wrongRoutes}`,
    `  out of step      ${report.outOfStep}`,
    ...trendLines(report),
    ...report.leftOut.map((what) => `  left out         ${what}`),
    "  steps by kind",
    ...Object.entries(report.steps).map(([kind, count]) => `    ${String(count).padStart(4)}  ${kind}`),
  ];
  return lines.join("\n");
}

function trendLines({ samples, isAgentSpared }: WorldReport): readonly string[] {
  const trend = trendOf(samples);
  if (trend === undefined) return ["  memory, fds      too short a life for a trend"];
  const { residentMib, fds, from, to } = trend;
  const whose = isAgentSpared ? "" : ", of the agent that lived longest";
  const amount = (value: number) => value.toFixed(1);
  return [
    `  resident memory  ${amount(trend.residentMibPerHour)} MiB/h from minute ${amount(from)} to ${amount(to)}${whose}`,
    `                   lowest of a minute: first ${amount(residentMib.first)}, last ${amount(residentMib.last)} MiB; most ${amount(residentMib.most)} MiB`,
    `  open fds         ${amount(trend.fdsPerHour)}/h; first ${fds.first}, last ${fds.last}, most ${fds.most}`,
  ];
}

function failuresOf({ proxy, seed, failures }: WorldReport): string {
  const lines = failures.map((one) => `  step ${one.step}, ${one.kind}: ${one.what}`);
  return [`${proxy}, seed ${seed}, went wrong:`, ...lines].join("\n");
}

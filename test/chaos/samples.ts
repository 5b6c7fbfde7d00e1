import { readdir, readFile } from "node:fs/promises";

/** What one process used at one moment. */
export interface Sample {
  /** Minutes since the beginning. */
  readonly minute: number;
  readonly pid: number;
  /** Resident memory, in MiB. */
  readonly residentMib: number;
  readonly fds: number;
}

/** Undefined if the process is gone. */
export async function sampleOf(pid: number, minute: number): Promise<Sample | undefined> {
  try {
    const [status, fds] = await Promise.all([readFile(`/proc/${pid}/status`, "utf8"), readdir(`/proc/${pid}/fd`)]);
    const resident = /^VmRSS:\s+(\d+)/m.exec(status)?.[1];
    return resident === undefined ? undefined : { minute, pid, residentMib: Number(resident) / 1024, fds: fds.length };
  } catch {
    return undefined;
  }
}

export interface Trend {
  readonly pid: number;
  /** Of the part that counts, in minutes. */
  readonly from: number;
  readonly to: number;
  readonly samples: number;
  /** Lowest value of each minute, fitted by a line: what is there between two collections of garbage, not the waves. */
  readonly residentMibPerHour: number;
  readonly residentMib: { readonly first: number; readonly last: number; readonly most: number };
  readonly fdsPerHour: number;
  readonly fds: { readonly first: number; readonly last: number; readonly most: number };
}

/**
 * The trend of the process that lived longest, after its warm-up: a sixth of its life, so ten minutes of an hour.
 * Undefined if too little is known.
 */
export function trendOf(samples: readonly Sample[]): Trend | undefined {
  const lives = [...Map.groupBy(samples, (one) => one.pid).values()];
  const longest = lives.sort((a, b) => lengthOf(b) - lengthOf(a))[0] ?? [];
  const begun = (longest[0]?.minute ?? 0) + lengthOf(longest) / 6;
  const warm = longest.filter((one) => one.minute >= begun);
  const lows = lowsOf(warm);
  const [first, last, pid] = [lows[0], lows.at(-1), longest[0]?.pid];
  if (first === undefined || last === undefined || pid === undefined || lows.length < 3) return undefined;
  const of = (value: (sample: Low) => number, all: (sample: Sample) => number) => ({
    first: value(first),
    last: value(last),
    most: Math.max(...warm.map(all)),
  });
  return {
    pid,
    from: begun,
    to: warm.at(-1)?.minute ?? begun,
    samples: warm.length,
    residentMibPerHour: 60 * slopeOf(lows.map((one) => [one.minute, one.residentMib])),
    residentMib: of(
      (one) => one.residentMib,
      (one) => one.residentMib,
    ),
    fdsPerHour: 60 * slopeOf(lows.map((one) => [one.minute, one.fds])),
    fds: of(
      (one) => one.fds,
      (one) => one.fds,
    ),
  };
}

type Low = Pick<Sample, "minute" | "residentMib" | "fds">;

function lowsOf(samples: readonly Sample[]): readonly Low[] {
  return [...Map.groupBy(samples, (one) => Math.floor(one.minute))].map(([minute, all]) => ({
    minute,
    residentMib: Math.min(...all.map((one) => one.residentMib)),
    fds: Math.min(...all.map((one) => one.fds)),
  }));
}

function lengthOf(life: readonly Sample[]): number {
  return (life.at(-1)?.minute ?? 0) - (life[0]?.minute ?? 0);
}

/** Of the line with the least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (at: 0 | 1) => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const spread = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / spread;
}

import { readFile } from "node:fs/promises";

/** The worker processes of a master, by what they do now. */
export interface Workers {
  readonly serving: readonly number[];
  /** Told to quit; they finish what is in flight. */
  readonly quitting: readonly number[];
}

/** The pid of a live nginx master, read from its pid file; undefined if there is none. */
export async function findMaster(pidFile: string): Promise<number | undefined> {
  const pid = Number.parseInt(await readOrNothing(pidFile), 10);
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  return (await titleOf(pid)).includes(": master process") ? pid : undefined;
}

/** The first live master that one of these pid files names. */
export async function findFirstMaster(pidFiles: readonly string[]): Promise<number | undefined> {
  const masters = await Promise.all(pidFiles.map(findMaster));
  return masters.find((master) => master !== undefined);
}

/** Children of the master; nginx says in their titles which of them quit. */
export async function listWorkers(master: number): Promise<Workers> {
  const children = (await readOrNothing(`/proc/${master}/task/${master}/children`))
    .split(" ")
    .map(Number)
    .filter((pid) => pid > 0);
  const titled = await Promise.all(children.map(async (pid) => ({ pid, title: await titleOf(pid) })));
  const workers = titled.filter(({ title }) => title.includes(": worker process"));
  const quits = ({ title }: { readonly title: string }) => title.includes("is shutting down");
  return {
    serving: workers.filter((worker) => !quits(worker)).map(({ pid }) => pid),
    quitting: workers.filter(quits).map(({ pid }) => pid),
  };
}

/**
 * Of how many generations these workers are, by when they were started: those of one are forked at once, and between two
 * reloads nginx sleeps 100 ms. One that has ended meanwhile does not count.
 */
export async function countGenerations(workers: readonly number[]): Promise<number> {
  const found = await Promise.all(workers.map(startOf));
  const starts = found.filter((start) => start !== undefined).sort((left, right) => left - right);
  return starts.filter((start, index) => index === 0 || start - (starts[index - 1] ?? start) >= pauseTicks).length;
}

/** In the unit of `/proc`, which is 10 ms. */
const pauseTicks = 10;

/** When a process was started; undefined if there is none. The name before the fields may have spaces. */
async function startOf(pid: number): Promise<number | undefined> {
  const stat = await readOrNothing(`/proc/${pid}/stat`);
  const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  return start === undefined ? undefined : Number(start);
}

/** The value of the `pid` directive; undefined if the text has none. */
export function pidFileOf(text: string): string | undefined {
  return /^\s*pid\s+"?([^\s;"]+)"?\s*;/m.exec(text)?.[1];
}

/** What the run script of the image's nginx looks for in a config file, as it finds it: `pid FILE` and `daemon on`, a line each. */
export function directivesOf(text: string): string {
  const found = text.matchAll(/^[ \t]*(pid|daemon)[ \t]+"?([^;"\s]*)/gm);
  return Array.from(found, ([, name, value]) => `${name} ${value}\n`).join("");
}

/** The file of the main `error_log` directive; undefined if there is none or it is no file. */
export function errorLogOf(text: string): string | undefined {
  const path = /^\s*error_log\s+"?([^\s;"]+)"?/m.exec(text)?.[1];
  return path?.startsWith("/") && !path.startsWith("/dev/") ? path : undefined;
}

async function titleOf(pid: number): Promise<string> {
  return await readOrNothing(`/proc/${pid}/cmdline`);
}

async function readOrNothing(path: string): Promise<string> {
  return await readFile(path, "utf8").catch(() => "");
}

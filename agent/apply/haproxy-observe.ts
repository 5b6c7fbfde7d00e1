import { AgentError } from "../errors.ts";
import type { Note, RunningBackends, RunningServer } from "../model.ts";
import type { Reply, SendCommands } from "./haproxy-cli.ts";
import { parseBackends, parseInfo, parseServersState, type ServerState } from "./haproxy-state.ts";

/** What HAProxy says of itself. */
export interface Observed {
  readonly pid: number;
  readonly version: string;
  readonly description: string;
  readonly backends: ReadonlySet<string>;
  readonly servers: readonly ServerState[];
  /** `show servers state`, as it was. */
  readonly stateText: string;
}

/** The oldest version whose servers can come and go: older ones lose their process or their backend with it. */
const oldestAtRuntime = [2, 8] as const;

/** Asks for everything that a plan depends on, on one connection (two with one call for each backend). */
export async function askHaproxy(
  send: SendCommands,
  options: { readonly oneBackendPerCall: boolean; readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<Observed> {
  const { oneBackendPerCall, signal, timeoutMs } = options;
  const whole = oneBackendPerCall ? [] : ["show servers state"];
  const [info, list, all] = await send(["show info", "show backend", ...whole], { signal, timeoutMs });
  const backends = parseBackends(textOf(list));
  const calls = [...backends].map((name) => `show servers state ${name}`);
  const states = oneBackendPerCall ? await send(calls, { signal, timeoutMs }) : [all];
  const texts = states.map(textOf);
  return { ...parseInfo(textOf(info)), backends, servers: texts.flatMap(parseServersState), stateText: joined(texts) };
}

function textOf(reply: Reply | undefined): string {
  if (reply?.ok) return reply.text;
  throw new AgentError("proxy-api-failed", `HAProxy refused a question: ${reply?.text ?? "no answer"}`);
}

/** One state text of many: format version and header stand once. */
function joined(texts: readonly string[]): string {
  const [first = "", ...rest] = texts;
  return [first, ...rest.map((text) => text.split("\n").slice(2).join("\n"))].filter((text) => text !== "").join("\n");
}

/** True if servers can be added to and removed from this HAProxy without losing requests or the process. */
export function canChangeAtRuntime(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10) || 0);
  return major > oldestAtRuntime[0] || (major === oldestAtRuntime[0] && minor >= oldestAtRuntime[1]);
}

/** Says why an old HAProxy is reloaded for each change. */
export function tooOld(version: string): Note {
  const message =
    `HAProxy ${version} is reloaded for each change: before 2.8 it may crash when a server is removed ` +
    "at run time; use 2.8 or newer";
  return { code: "proxy-too-old", subject: "haproxy", message };
}

/** Nobody listens there: HAProxy does not run. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof AgentError) || !(error.cause instanceof Error) || !("code" in error.cause)) return false;
  return error.cause.code === "ENOENT" || error.cause.code === "ECONNREFUSED";
}

const forcedMaintenance = 1;

/** The servers as a plan sees them. */
export function runningBackends(
  { backends, servers }: Observed,
  isLeaving: (backend: string, server: string) => boolean,
): RunningBackends {
  const seen = servers.map(({ backend, name, address, port, admin }): RunningServer => {
    const isOut = (admin & forcedMaintenance) !== 0;
    return {
      backend,
      name,
      address,
      port,
      state: isOut ? (isLeaving(backend, name) ? "leaving" : "maintenance") : "serving",
    };
  });
  return { names: backends, servers: seen };
}

import type { Clock } from "../clock.ts";
import { AgentError } from "../errors.ts";
import type { ApplyReport, RenderedFile } from "../model.ts";
import { haproxyComplaint } from "./haproxy-check.ts";
import type { SendCommands } from "./haproxy-cli.ts";
import type { MasterCli } from "./haproxy-master.ts";
import type { HaproxySettings } from "./haproxy-settings.ts";
import { requireWritableFolder } from "./haproxy-socket-folder.ts";
import { parseInfo } from "./haproxy-state.ts";
import type { RunCommand } from "./run-command.ts";

/** What a reload touches. `send` and `master` are undefined where there is no such socket. */
export interface ReloadParts {
  readonly send: SendCommands | undefined;
  readonly master: MasterCli | undefined;
  readonly run: RunCommand;
  readonly clock: Clock;
}

/** The worker that answers on the stats socket. */
export interface Worker {
  readonly pid: number;
  readonly description: string;
}

/** Asks who answers; undefined if nobody does (yet). */
export async function askWorker(
  send: SendCommands,
  options: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<Worker | undefined> {
  try {
    const [reply] = await send(["show info"], options);
    return reply === undefined ? undefined : parseInfo(reply.text);
  } catch (error) {
    if (error instanceof AgentError) return undefined;
    throw error;
  }
}

/**
 * Has HAProxy take the file over: by the master CLI, which waits and tells the verdict of the new worker, else by the
 * configured command. Throws with HAProxy's own words if it refuses.
 */
export async function reload(
  parts: ReloadParts,
  { settings, signal }: { readonly settings: HaproxySettings; readonly signal: AbortSignal },
): Promise<void> {
  const timeoutMs = settings.checkTimeoutMs;
  if (parts.master !== undefined) {
    await requireWritableFolder(settings.masterSocket);
    const verdict = await parts.master.reload({ signal, timeoutMs });
    if (verdict.ok) return;
    throw new AgentError(
      "proxy-not-proven",
      `HAProxy goes on with its former configuration: ${complaintIn(verdict.log)}`,
    );
  }
  const command = settings.reloadCommand;
  const result = await parts.run(command, { signal, timeoutMs, key: "haproxy_reload_cmd" });
  if (result.ok) return;
  throw new AgentError("proxy-command-failed", `"${command.join(" ")}" failed: ${complaintIn(result.output)}`);
}

/** Waits until another worker than `before` answers, with the file's generation if it carries one. */
export async function proveReload(
  parts: ReloadParts,
  options: {
    readonly file: RenderedFile;
    readonly before: number | undefined;
    readonly withinMs: number;
    readonly signal: AbortSignal;
  },
): Promise<ApplyReport["proof"]> {
  const { file, before, withinMs, signal } = options;
  const { send, clock } = parts;
  if (send === undefined) return "command";
  const until = clock.monotonic() + withinMs;
  for (let pauseMs = 2; ; pauseMs = Math.min(100, pauseMs * 2)) {
    signal.throwIfAborted();
    const worker = await askWorker(send, { signal, timeoutMs: 2000 });
    if (worker !== undefined && worker.pid !== before) {
      if (!file.carriesGeneration) return "workers";
      if (worker.description.includes(file.generation)) return "generation";
    }
    if (clock.monotonic() >= until) break;
    await clock.sleep(pauseMs, signal);
  }
  throw new AgentError(
    "proxy-not-proven",
    `HAProxy still answers with its former configuration ${withinMs / 1000} s after the reload; its log says why`,
  );
}

/** HAProxy's own complaint; of a command that is not HAProxy, its last words. */
function complaintIn(log: string): string {
  return haproxyComplaint(log) ?? (log.trim().split("\n").at(-1) || "it did not say why");
}

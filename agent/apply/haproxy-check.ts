import type { RenderedFile } from "../model.ts";
import { refusedConfig } from "./refused-config.ts";
import type { RunCommand } from "./run-command.ts";

/**
 * Asks HAProxy whether it would take the staged file. Throws AgentError("proxy-refused-config") with its words. Its
 * `-q` would hide them with all the rest; what it says of a good file is simply not passed on.
 */
export async function checkWithHaproxy(
  run: RunCommand,
  options: {
    readonly settings: { readonly command: readonly string[]; readonly checkTimeoutMs: number };
    readonly staged: string;
    readonly file: RenderedFile;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { settings, staged, file, signal } = options;
  const command = [...settings.command, "-f", staged, "-c"];
  const timeoutMs = settings.checkTimeoutMs;
  const result = await run(command, { signal, timeoutMs, key: "haproxy_cmd", stdout: "output" });
  if (result.ok) return;
  const said = haproxyComplaint(result.output) ?? result.output.trim().split("\n").at(-1) ?? "";
  const output = alertsIn(result.output).join("\n");
  throw refusedConfig("HAProxy", { said, output, staged, file });
}

/**
 * The first `[ALERT]` of what HAProxy said at a check or a start, without its prefix: later ones may only follow from it,
 * and the last ones sum up.
 */
export function haproxyComplaint(output: string): string | undefined {
  const [alert] = alertsIn(output);
  return alert?.replace(/^\[ALERT\]\s*(\(\d+\)\s*:\s*)?(config\s*:\s*)?/, "").trim();
}

function alertsIn(output: string): readonly string[] {
  return output.split("\n").filter((line) => line.startsWith("[ALERT]"));
}

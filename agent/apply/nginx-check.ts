import type { RenderedFile } from "../model.ts";
import { complaintIn } from "./nginx-log.ts";
import type { NginxSettings } from "./nginx-settings.ts";
import { refusedConfig } from "./refused-config.ts";
import type { RunCommand } from "./run-command.ts";

/** Asks nginx whether it would take the staged file. Throws AgentError("proxy-refused-config") with its words. */
export async function checkWithNginx(
  run: RunCommand,
  options: {
    readonly settings: NginxSettings;
    readonly staged: string;
    readonly file: RenderedFile;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { settings, staged, file, signal } = options;
  const command = [...settings.command, "-t", "-c", staged];
  const result = await run(command, { signal, timeoutMs: settings.checkTimeoutMs, key: "nginx_cmd" });
  if (result.ok) return;
  const said = complaintIn(result.output) ?? result.output.trim().split("\n").at(-1) ?? "";
  throw refusedConfig("nginx", { said, staged, file });
}

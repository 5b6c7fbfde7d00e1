import { AgentError } from "../errors.ts";
import type { RenderedFile } from "../model.ts";
import { complaintIn } from "./nginx-log.ts";
import type { NginxSettings } from "./nginx-settings.ts";
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
  const result = await run(command, { signal, timeoutMs: settings.checkTimeoutMs });
  if (result.ok) return;
  const said = complaintIn(result.output) ?? result.output.trim().split("\n").at(-1) ?? "";
  const where = new RegExp(`in ${escaped(staged)}:(\\d+)`).exec(said);
  const number = where?.[1];
  const line = number === undefined ? undefined : file.text.split("\n")[Number(number) - 1]?.trim();
  const message = said.replaceAll(staged, file.path);
  throw new AgentError(
    "proxy-refused-config",
    `nginx refuses the new configuration: ${message}; correct the template or the app`,
    {
      facts: { line: line?.slice(0, 300), path: file.path },
    },
  );
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

import { AgentError } from "../errors.ts";
import type { RenderedFile } from "../model.ts";

/**
 * A proxy's refusal of a staged file, in its own words, but with the name of the file that was to be; with the line it
 * is about, if it says `FILE:NUMBER`.
 */
export function refusedConfig(
  proxy: string,
  options: { readonly said: string; readonly staged: string; readonly file: RenderedFile },
): AgentError {
  const { said, staged, file } = options;
  const number = new RegExp(`${escaped(staged)}:(\\d+)`).exec(said)?.[1];
  const line = number === undefined ? undefined : file.text.split("\n")[Number(number) - 1]?.trim();
  const message = said.replaceAll(staged, file.path);
  return new AgentError(
    "proxy-refused-config",
    `${proxy} refuses the new configuration: ${message}; correct the template or the app`,
    { facts: { line: line?.slice(0, 300), path: file.path } },
  );
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

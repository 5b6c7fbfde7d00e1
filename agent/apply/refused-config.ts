import { AgentError } from "../errors.ts";
import type { RenderedFile } from "../model.ts";

/**
 * A proxy's refusal of a staged file, in its own words, but with the name of the file that was to be; with the lines it
 * is about, if it says `FILE:NUMBER`, and the first of them.
 */
export function refusedConfig(
  proxy: string,
  options: {
    readonly said: string;
    /** All that it said: HAProxy complains of more than one line. */
    readonly output?: string;
    readonly staged: string;
    readonly file: RenderedFile;
  },
): AgentError {
  const { said, staged, file } = options;
  const first = numbersIn(said, staged)[0];
  const line = first === undefined ? undefined : file.text.split("\n")[first - 1]?.trim();
  const message = said.replaceAll(staged, file.path);
  return new AgentError(
    "proxy-refused-config",
    `${proxy} refuses the new configuration: ${message}; correct the template or the app`,
    {
      facts: {
        line: line?.slice(0, 300),
        lines: numbersIn(options.output ?? said, staged)
          .slice(0, mostLines)
          .map(String),
        path: file.path,
      },
    },
  );
}

/** Whoever has more to mend begins with these. */
const mostLines = 50;

function numbersIn(text: string, path: string): readonly number[] {
  const numbers = [...text.matchAll(new RegExp(`${escaped(path)}:(\\d+)`, "g"))].map(([, number]) => Number(number));
  return [...new Set(numbers)];
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

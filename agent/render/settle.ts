import { AgentError } from "../errors.ts";
import { isGuarded, unguard } from "./guard.ts";
import { settleHaproxy } from "./settle-haproxy.ts";
import { settleNginx } from "./settle-nginx.ts";
import { Unwritable } from "./unwritable.ts";

/**
 * The text with every guarded character written so that the proxy reads just that character, as part of the word, the
 * string or the comment that it stands in. Lines stay lines. Throws an AgentError("template-invalid") for a value that
 * the proxy has no way to write there, with the line.
 */
export function settle(text: string, platform: string): string {
  if (!isGuarded(text)) return text;
  try {
    return platform === "haproxy" ? settleHaproxy(text) : settleNginx(text);
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error;
    const before = text.slice(0, error.at);
    const start = before.lastIndexOf("\n") + 1;
    const end = text.indexOf("\n", error.at);
    const line = unguard(text.slice(start, end < 0 ? undefined : end)).trim();
    const number = before.split("\n").length;
    throw new AgentError("template-invalid", `${error.message}; correct the app, or print it by raw`, {
      facts: { line: line.slice(0, 300), lines: [String(number)] },
    });
  }
}

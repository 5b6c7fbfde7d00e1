import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentError, messageOf } from "../errors.ts";
import type { RunCommand } from "./run-command.ts";

/** The proxy as a service that waits until there is a configuration for it. */
export interface ProxyService {
  /** Starts it with this config file and returns when it says that it is ready. */
  start(configFile: string, signal: AbortSignal): Promise<void>;
}

/**
 * An s6 service directory with a `down` file. The run script of the service reads the path of the config file from
 * `data/config`, so that users may have theirs anywhere.
 */
export function s6Service(
  directory: string,
  options: { readonly run: RunCommand; readonly timeoutMs: number },
): ProxyService {
  return {
    async start(configFile, signal) {
      await writeFile(join(directory, "data", "config"), `${configFile}\n`).catch((cause: unknown) => {
        throw new AgentError(
          "proxy-not-started",
          `cannot tell the proxy its config file: ${messageOf(cause)}; is proxy_service right?`,
          { cause },
        );
      });
      const wait = String(options.timeoutMs);
      const command = ["s6-svc", "-U", "-wU", "-T", wait, directory];
      const result = await options.run(command, { signal, timeoutMs: options.timeoutMs + 1000 });
      if (!result.ok) {
        throw new AgentError(
          "proxy-not-started",
          `the proxy was not ready within ${options.timeoutMs} ms: ${result.output.trim()}; its own log says why`,
        );
      }
    },
  };
}

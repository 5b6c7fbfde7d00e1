import { access, constants, open, readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentError, messageOf } from "../errors.ts";
import type { RunCommand } from "./run-command.ts";

/** The proxy as a service that waits until there is a configuration for it. */
export interface ProxyService {
  /** Starts it with this config file and returns when it says that it is ready. */
  start(configFile: string, signal: AbortSignal): Promise<void>;
}

/** One that can be started only to see whether it runs. */
export interface TrialService extends ProxyService {
  /**
   * Starts it with this config file, but not again should it end, and does not wait. `directives` are those that its run
   * script wants to know, a line each, so that it need not look for them.
   */
  tryOut(configFile: string, directives: string, signal: AbortSignal): Promise<Trial>;
  /** What was tried runs, and shall be started again should it end. Says nothing new of one that was started in earnest. */
  keep(signal: AbortSignal): Promise<void>;
  /** What the proxy said of itself when the container started; undefined if it was not asked. */
  introduction(): Promise<string | undefined>;
}

/** Such a start. */
export interface Trial {
  /** True once it has ended. */
  ended(): Promise<boolean>;
  /** Returns when it does not run. */
  stop(signal: AbortSignal): Promise<void>;
}

/**
 * An s6 service directory with a `down` file. The run script of the service reads the path of the config file from
 * `data/config`, so that users may have theirs anywhere, and if there is something in `data/directives`, takes it for what
 * that file says, and empties it; its finish script writes `data/ended`; `data/build`, if there is one, is what `nginx -V`
 * said.
 */
export function s6Service(
  directory: string,
  options: { readonly run: RunCommand; readonly timeoutMs: number },
): TrialService {
  const wait = String(options.timeoutMs);
  const ended = join(directory, "data", "ended");
  const known = join(directory, "data", "directives");

  async function tell(configFile: string, directives: string): Promise<void> {
    const config = join(directory, "data", "config");
    const told = [writeFile(config, `${configFile}\n`), writeFile(known, directives)];
    await Promise.all(told).catch((cause: unknown) => {
      throw new AgentError(
        "proxy-not-started",
        `cannot tell the proxy its config file: ${messageOf(cause)}; is proxy_service right?`,
        { cause },
      );
    });
  }

  async function control(wanted: readonly string[], { signal, failure }: { signal: AbortSignal; failure: string }) {
    const command = ["s6-svc", ...wanted, directory];
    const result = await options.run(command, { signal, timeoutMs: options.timeoutMs + 1000 });
    if (!result.ok)
      throw new AgentError("proxy-not-started", `${failure}: ${result.output.trim()}; its own log says why`);
  }

  return {
    async start(configFile, signal) {
      await tell(configFile, "");
      const failure = `the proxy was not ready within ${options.timeoutMs} ms`;
      await control(["-U", "-wU", "-T", wait], { signal, failure });
    },
    introduction: () => readFile(join(directory, "data", "build"), "utf8").catch(() => undefined),
    keep: (signal) => control(["-U"], { signal, failure: "the proxy cannot be kept running" }),
    async tryOut(configFile, directives, signal) {
      await Promise.all([tell(configFile, directives), unlink(ended).catch(() => undefined)]);
      if (!(await startOnce(directory))) await control(["-o"], { signal, failure: "the proxy could not be started" });
      return {
        ended: () =>
          access(ended).then(
            () => true,
            () => false,
          ),
        stop: (until) =>
          control(["-d", "-wD", "-T", wait], { signal: until, failure: `the proxy did not stop within ${wait} ms` }),
      };
    },
  };
}

/**
 * Does what `s6-svc -o` does: writes the command to the service's control pipe. A container's first answer does not wait
 * for a process, then. False if nobody listens; s6-svc says why.
 */
async function startOnce(directory: string): Promise<boolean> {
  const control = join(directory, "supervise", "control");
  const pipe = await open(control, constants.O_WRONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (pipe === undefined) return false;
  try {
    await pipe.write("o");
    return true;
  } finally {
    await pipe.close();
  }
}

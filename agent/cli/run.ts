import { writeSync } from "node:fs";
import { type Clock, systemClock } from "../clock.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { type Gateway, startGateway } from "../gateway.ts";
import { createLogger, type Logger } from "../log.ts";
import { build } from "./version.ts";

/** Runs the agent until a signal ends it. The number is the process's exit code. */
export async function runGateway(options: {
  readonly loaded: LoadedConfig;
  readonly read: () => Promise<LoadedConfig>;
}): Promise<number> {
  const { loaded } = options;
  const clock = systemClock();
  const log = loggerFor(loaded.config, clock.now);
  const stop = new AbortController();
  const gateway = await startGateway({
    loaded,
    reload: options.read,
    program: process.argv[1] ?? "",
    env: process.env,
    clock,
    log,
    signal: stop.signal,
  });
  handleSignals(gateway, { stop: stagedStop(gateway, { stop, clock, log }), log });
  log.info("started", {
    version: build.version,
    config: loaded.source,
    proxy: loaded.config.proxy_platform,
    namespaces: loaded.config.namespaces.map((one) => one.name),
    api: gateway.apiUrl,
  });
  await gateway.done;
  log.info("stopped");
  return 0;
}

/** Stops in stages: not ready first, the end after `stop_delay_sec`, or when it is ordered again. */
function stagedStop(
  gateway: Gateway,
  { stop, clock, log }: { readonly stop: AbortController; readonly clock: Clock; readonly log: Logger },
): (signal: NodeJS.Signals) => void {
  const memory = { ordered: false };
  return (signal) => {
    if (stop.signal.aborted) return;
    const delayMs = memory.ordered ? 0 : gateway.announceStop();
    memory.ordered = true;
    log.info("stopping", { signal, ...(delayMs > 0 && { in_ms: delayMs }) });
    if (delayMs === 0) stop.abort();
    else void clock.sleep(delayMs, stop.signal).then(() => stop.abort());
  };
}

function handleSignals(
  gateway: Gateway,
  { stop, log }: { readonly stop: (signal: NodeJS.Signals) => void; readonly log: Logger },
): void {
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => stop(name));
  process.on("SIGHUP", () => {
    log.info("resync asked for", { signal: "SIGHUP" });
    gateway.resync();
  });
  // Node's own use of SIGUSR1 is its debugger; this takes its place.
  process.on("SIGUSR1", () => {
    log.info("the proxy restarts, changes wait", { signal: "SIGUSR1" });
    gateway.proxyRestarts();
  });
  process.on("SIGUSR2", () => {
    log.info("the proxy is up, reconciling", { signal: "SIGUSR2" });
    gateway.proxyIsUp();
  });
}

function loggerFor(config: Config, now: () => number): Logger {
  const format = config.log_format === "auto" ? (process.stderr.isTTY ? "text" : "json") : config.log_format;
  return createLogger({ level: config.loglevel, format, now, write: writeLine });
}

/** Straight to the descriptor: a line is never lost, and never cut by an exit. A reader that is gone is no reason to die. */
function writeLine(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // Nobody is left to tell.
  }
}

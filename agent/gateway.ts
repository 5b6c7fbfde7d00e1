import { writeSync } from "node:fs";
import { type Cycle, type Inputs, run } from "./agent.ts";
import { removeLeftovers } from "./apply/staged-files.ts";
import { build } from "./cli/version.ts";
import { type Clock, createWake, type Wake } from "./clock.ts";
import type { LoadedConfig } from "./config/load.ts";
import type { Config } from "./config/schema.ts";
import { createDiscovery, type Discovery } from "./discovery/discovery.ts";
import { createResolver } from "./dns/resolver.ts";
import { createResponder } from "./dns/responder.ts";
import { createDriver } from "./driver.ts";
import { createFormKeeper, formFileOf } from "./form-keeper.ts";
import { createHold, type Hold } from "./hold.ts";
import { type EngineSettings, templatePath } from "./inputs/inputs.ts";
import { createRefresher } from "./inputs/refresh.ts";
import { readTemplate } from "./inputs/template-files.ts";
import { watchFiles, watchMounts } from "./inputs/watch-files.ts";
import { errorFacts, type Logger } from "./log.ts";
import { createLevelSwitch, type LevelSwitch } from "./log-level.ts";
import { hashText, lookupAll, shippedTemplates, worldOf } from "./machine.ts";
import { tidyMemory } from "./memory.ts";
import type { ProxyDriver } from "./model.ts";
import { createOperator, type Operator } from "./operator.ts";
import { observeProxy } from "./proxy-view.ts";
import { createQuarantine } from "./quarantine/quarantine.ts";
import { engines } from "./render/engines.ts";
import { createReporter } from "./report.ts";
import { createRefreshReporter } from "./report-refresh.ts";
import { createBoard, createBoardHolder, withStopping } from "./status/board.ts";
import { type Api, startApi } from "./status/http.ts";
import { createMetrics, type Metrics } from "./status/metrics.ts";
import { countDiscovery, currentBoard } from "./status-view.ts";

/** A running gateway, as the command line drives it. */
export interface Gateway {
  /** SIGHUP and `/v1/reload`: reads files again and asks the controllers for everything. */
  resync(): void;
  /** SIGUSR1. */
  proxyRestarts(): void;
  /** SIGUSR2. */
  proxyIsUp(): void;
  /** The gateway is to stop: not ready from now on, but still in step. Returns how long that should last, in ms. */
  announceStop(): number;
  /** Ends when the signal has aborted and all that was started has ended. */
  readonly done: Promise<void>;
  readonly apiUrl: string;
}

export interface GatewayOptions {
  readonly loaded: LoadedConfig;
  /** Reads the configuration again, from where it came. */
  readonly reload: () => Promise<LoadedConfig>;
  /** Path of the program; the shipped templates are found from there. */
  readonly program: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** What changes while the agent runs: the configuration in force, and what the loop works with. */
interface Live {
  config: Config;
  inputs: Inputs | undefined;
}

/** What need not be there for the first configuration waits for it, but not longer than this. */
const longestBeginMs = 2000;

/** The composition root of the agent: everything is built here, once, and joined. Throws if it cannot start. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { clock, log, signal } = options;
  const wakes = { loop: createWake(clock), edited: createWake(clock), worked: createWake(clock) };
  const live: Live = { config: options.loaded.config, inputs: undefined };
  const config = () => live.config;
  const status = createStatus(options);
  const discovery = createDiscovery({ clock, logger: log, wake: wakes.loop, observer: countDiscovery(status.metrics) });
  const resolver = createResolver({ ...resolverSettings(config), clock, onChange: wakes.loop.ring });
  const hold = createHold(clock, holdSettings(config, status.metrics));
  const driver = driverFor(options, { config, status, wake: wakes.loop });
  const level = createLevelSwitch(log, options.loaded.config.loglevel);
  const operator = operatorFor(options, { level, config, status, discovery, driver, hold, wake: wakes.loop });
  // The driver gets to know its proxy while the controllers are asked; what it finds wrong the first cycle tells.
  const acquainted = driver.observe(signal).catch(() => undefined);
  const { begun, begin } = createBeginning(options);
  const resync = () => {
    wakes.edited.ring();
    discovery.resync();
    return wakes.loop.ring();
  };
  // The controllers are asked while everything else is made ready.
  discovery.start(config(), signal);
  const abandon = (error: unknown) => discovery.stop().then(() => Promise.reject(error));
  const keeper = createFormKeeper({ file: formFileOf(config), clock, log });
  const [read, remembered] = await Promise.all([prepare(options), keeper.restore(), operator.restore()]).catch(abandon);
  const api = await startApi({
    config,
    board: () => currentBoard(status.board.read(), { discovery, hold, now: clock.now() }),
    metrics: status.metrics,
    clock,
    logger: log,
    signal,
    onReload: () => (resync() === "new" ? "queued" : "full"),
    operator: operator.routes,
  }).catch(abandon);
  void begun.then(status.metrics.watchRuntime);
  const files = createInputFiles(options, { read, level, live, status, discovery, wakes, api, begun });
  await files.refresher.refresh();
  const parts = {
    clock,
    wake: wakes.loop,
    inputs: () => live.inputs,
    snapshots: discovery.snapshots,
    settled: () => Promise.all([discovery.settled(signal), acquainted]),
    quarantine: createQuarantine(clock, { remembered, onKept: keeper.keep }),
    resolver,
    driver,
    world: worldOf(options.env),
    hash: hashText,
    held: hold.held,
    onCycle(cycle: Cycle) {
      operator.onCycle(cycle);
      status.reportCycle(cycle);
      if (cycle.report !== undefined) wakes.worked.ring();
      begin();
    },
  };
  const loops = [
    run(parts, signal),
    driver.run(signal),
    resolver.run(signal),
    files.run(signal),
    tidyMemory(wakes.worked, { clock, signal }),
  ];
  const stop = async () => {
    await Promise.all([files.close(), discovery.stop(), operator.stop(), keeper.stop(), api.close()]);
  };
  const proxyIsUp = () => [hold.end(), resync()];
  const controls = { resync, proxyRestarts: hold.begin, proxyIsUp, announceStop: () => status.announceStop(config()) };
  return { ...controls, done: Promise.all(loops).then(stop), apiUrl: api.url };
}

/** `begun` resolves with the first cycle, or when that has taken long enough. */
function createBeginning({ clock, signal }: GatewayOptions) {
  const { promise, resolve: begin } = Promise.withResolvers<void>();
  return { begin, begun: Promise.race([promise, clock.sleep(longestBeginMs, signal)]) };
}

/** What answers the operator, from the controllers' answers, the board and the loop. */
function operatorFor(
  { clock, log, program }: GatewayOptions,
  joined: {
    readonly level: LevelSwitch;
    readonly config: () => Config;
    readonly status: ReturnType<typeof createStatus>;
    readonly discovery: Discovery;
    readonly driver: ProxyDriver;
    readonly hold: Hold;
    readonly wake: Wake;
  },
): Operator {
  const { status, discovery, ...rest } = joined;
  const { snapshots, accept } = discovery;
  const pageFile = `${shippedTemplates(program)}/ui/status.html`;
  const board = () => currentBoard(status.board.read(), { discovery, hold: joined.hold, now: clock.now() });
  return createOperator({ ...rest, clock, log, board, snapshots, accept, pageFile });
}

/** The driver of the configured proxy; what it does beside the cycles is told to the board. */
function driverFor(
  { clock, log }: GatewayOptions,
  joined: { readonly config: () => Config; readonly status: ReturnType<typeof createStatus>; readonly wake: Wake },
): ProxyDriver {
  const { config, wake, status } = joined;
  const observer = observeProxy({ ...status, api: config().proxy_platform, log, clock });
  return createDriver({ config, clock, observer, responder: createResponder(clock), onChange: wake.ring });
}

/** Keeps configuration, template and the API's certificate as new as their files. */
function createInputFiles(
  options: GatewayOptions,
  joined: {
    readonly read: typeof readTemplate;
    readonly level: LevelSwitch;
    readonly live: Live;
    readonly status: ReturnType<typeof createStatus>;
    readonly discovery: Discovery;
    readonly wakes: { readonly loop: Wake; readonly edited: Wake };
    readonly api: Api;
    /** What can wait, waits for this. */
    readonly begun: Promise<unknown>;
  },
) {
  const { clock, log } = options;
  const { level, live, status, discovery, wakes, api } = joined;
  const watch = watchFiles(wakes.edited.ring, { begin: joined.begun, onBegun: wakes.edited.ring });
  const refresher = createRefresher({
    ...engineSettings(options),
    read: joined.read,
    loaded: options.loaded,
    reload: options.reload,
    onInputs(inputs) {
      live.config = inputs.config;
      live.inputs = inputs;
      level.configure(inputs.config.loglevel);
      discovery.update(inputs.config);
      wakes.loop.ring();
    },
    onRefreshed(refreshed) {
      watch.follow(refresher.files());
      status.reportRefresh(refreshed);
      renewCertificate(api, options);
    },
  });
  const onReplaced = (path: string) => warnOfReplacedMount(log, path);
  return {
    refresher,
    close: watch.close,
    run: (signal: AbortSignal) =>
      Promise.all([
        refresher.run(wakes.edited, signal),
        watchMounts({ paths: refresher.files, clock, onReplaced, signal }),
      ]),
  };
}

/** Board, metrics, and those who write on them. */
function createStatus({ loaded, clock, log, env, signal }: GatewayOptions) {
  const turn = { at: clock.now(), monotonic: clock.monotonic(), longestIntervalMs: 120_000 };
  const namespaces = loaded.config.namespaces.map((one) => one.name);
  const board = createBoardHolder(createBoard({ build, turn, namespaces }));
  const metrics = createMetrics();
  signal.addEventListener("abort", () => board.update(withStopping), { once: true });
  return {
    board,
    metrics,
    announceStop({ stop_delay_sec }: Config) {
      board.update(withStopping);
      // Nobody was sent here yet.
      return board.read().proven === undefined ? 0 : stop_delay_sec * 1000;
    },
    reportCycle: createReporter({ board, metrics, log, clock, onFirstProof: () => notifyReady(env) }),
    reportRefresh: createRefreshReporter({ board, log, clock }),
  };
}

/**
 * Before anything else: there is a template, and what a killed agent left is gone. Throws if there is none. What was
 * read is the answer to the first who wants to read it.
 */
async function prepare({ loaded, program }: GatewayOptions): Promise<typeof readTemplate> {
  const { disk_io_timeout_sec } = loaded.config;
  const source = await readTemplate(
    templatePath(loaded.config, shippedTemplates(program)),
    loaded.config.template_partials,
  );
  for (const target of filesWritten(loaded.config))
    await removeLeftovers(target, { timeoutMs: disk_io_timeout_sec * 1000 });
  const kept = [source];
  return async (path, patterns) => kept.pop() ?? (await readTemplate(path, patterns));
}

/** The files that the agent writes for its proxy. */
function filesWritten(config: Config): readonly string[] {
  if (config.proxy_platform === "nginx") return [config.nginx_config];
  const { haproxy_manage_global_server_state_file: managesState, haproxy_global_server_state_file_path } = config;
  return [config.haproxy_config, ...(managesState ? [haproxy_global_server_state_file_path] : [])];
}

function holdSettings(config: () => Config, metrics: Metrics) {
  return {
    maxMs: () => config().proxy_control_plane_timeout_sec * 1000,
    onOverdue: metrics.controlPlaneTimedOut,
  };
}

function engineSettings({ program }: GatewayOptions): EngineSettings {
  return { shippedFolder: shippedTemplates(program), engines, hash: hashText };
}

function resolverSettings(config: () => Config) {
  return { lookup: lookupAll, timeoutMs: () => config().dns_resolution_timeout_sec * 1000, refreshMs: 30_000 };
}

/** Certificates are renewed in place; a bad one leaves the old one serving. */
function renewCertificate(api: Api, { log, signal }: GatewayOptions): void {
  api.reloadTls(signal).catch((error: unknown) => log.error("the API keeps its old certificate", errorFacts(error)));
}

function warnOfReplacedMount(log: Logger, path: string): void {
  log.warn("a mounted file was replaced outside, the container keeps seeing the old one; mount its folder instead", {
    path,
  });
}

/** Tells the supervisor (s6's notification-fd) that the proxy serves. */
function notifyReady(env: GatewayOptions["env"]): void {
  const fd = Number(env["DROVE_GATEWAY_NOTIFY_FD"]);
  if (Number.isInteger(fd) && fd >= 3) writeSync(fd, "\n");
}

import { noObserver } from "../apply/proxy-observer.ts";
import { createWake, systemClock } from "../clock.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { createDiscovery } from "../discovery/discovery.ts";
import { assumedResponder } from "../dns/assumed-responder.ts";
import { createResolver } from "../dns/resolver.ts";
import { createDriver } from "../driver.ts";
import { AgentError } from "../errors.ts";
import { hashText, lookupAll, worldOf } from "../machine.ts";
import type { NamespaceSnapshot, Note } from "../model.ts";
import type { Command } from "./arguments.ts";
import { differencesToGo } from "./differences.ts";
import { noteText } from "./note-text.ts";
import { preview } from "./preview.ts";
import { readInputs } from "./read-inputs.ts";
import { readRecorded } from "./recorded.ts";

type Show = Extract<Command, { readonly name: "check" | "render" }>;

/**
 * `check` and `render`: the same stages as the running agent, up to the proxy's opinion. Apps come from recorded
 * answers; without any, `render` asks the controllers, and `check` takes a cluster without apps.
 */
export async function showConfig(command: Show, { config, notes, source }: LoadedConfig): Promise<number> {
  const clock = systemClock();
  const signal = AbortSignal.timeout(120_000);
  tell(notes);
  const { configFile, template, source: templateSource } = await readInputs(config);
  const driver = createDriver({
    config: () => config,
    clock,
    observer: noObserver,
    responder: assumedResponder(),
    onChange: () => undefined,
  });
  const timeoutMs = () => config.dns_resolution_timeout_sec * 1000;
  const resolver = createResolver({
    lookup: lookupAll,
    clock,
    timeoutMs,
    refreshMs: 60_000,
    onChange: () => undefined,
  });
  const isLive = command.name === "render" && command.endpoints.length === 0;
  const snapshots = isLive
    ? await askControllers(config, signal)
    : await readRecorded(command.endpoints, config.namespaces);
  const parts = {
    config,
    configFile,
    template,
    snapshots,
    resolver,
    driver,
    world: worldOf(process.env),
    hash: hashText,
  };
  const shown = await preview({ ...parts, now: clock.now(), signal });
  tell(shown.notes);
  if (command.name === "render") {
    process.stdout.write(shown.file.text);
    return 0;
  }
  for (const line of differencesToGo({ config, notes, source, template: templateSource }))
    process.stdout.write(`differs from the Go gateway: ${line}\n`);
  await driver.check(shown.file, signal);
  const apps = snapshots.reduce((sum, snapshot) => sum + snapshot.apps.length, 0);
  process.stdout.write(`OK: configuration, template ${template.path}, and ${driver.name}'s check with ${apps} apps\n`);
  return 0;
}

async function askControllers(config: Config, signal: AbortSignal): Promise<readonly NamespaceSnapshot[]> {
  const clock = systemClock();
  const stop = new AbortController();
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const discovery = createDiscovery({ clock, logger: quiet, wake: createWake(clock) });
  // Looking must not overwrite what the running agent keeps.
  discovery.start({ ...config, state_persistence_enabled: false }, AbortSignal.any([stop.signal, signal]));
  await discovery.settled(signal);
  const snapshots = discovery.snapshots();
  const failing = discovery.status().find((one) => !one.healthy);
  stop.abort();
  await discovery.stop();
  if (failing === undefined) return snapshots;
  throw new AgentError("controller-unreachable", `namespace ${failing.namespace}: ${failing.message}`);
}

function tell(notes: readonly Note[]): void {
  for (const note of notes) process.stderr.write(`warning: ${noteText(note)}\n`);
}

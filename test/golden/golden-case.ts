import { existsSync, globSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { commandsOf } from "../../agent/apply/haproxy-commands.ts";
import { preview } from "../../agent/cli/preview.ts";
import { readRecorded } from "../../agent/cli/recorded.ts";
import { parseConfig } from "../../agent/config/parse.ts";
import { resolvePaths } from "../../agent/config/paths.ts";
import type { Config } from "../../agent/config/schema.ts";
import { buildDesired } from "../../agent/desired/build.ts";
import { mayUseDns } from "../../agent/desired/dns-backends.ts";
import { usesPlusApi } from "../../agent/desired/plus-backends.ts";
import type { Resolver } from "../../agent/dns/resolver.ts";
import { loadTemplate } from "../../agent/inputs/inputs.ts";
import { hashText } from "../../agent/machine.ts";
import type { Note, Plan, ProxyDriver, RenderedFile, RunningState, Step } from "../../agent/model.ts";
import type { Applied } from "../../agent/plan/inputs.ts";
import { planChanges } from "../../agent/plan/plan.ts";
import { engines } from "../../agent/render/engines.ts";
import { seedsOf } from "../../agent/seeds.ts";
import { serverPrefix, shapeBy } from "../../agent/stages.ts";

/*
 * A golden case is a folder:
 *
 *   gateway.toml                    the configuration; the template of its platform may be a file of the folder
 *   endpoints-NAMESPACE.json        what the controllers answer
 *   endpoints-NAMESPACE.before.json what they answered before; without any there was no configuration yet
 *   world.json                      {"nginx": version}, 1.30.6 if it is left out, unknown if it is empty; HAProxy is 3.2.26
 *   expected.conf, expected-plan.json, expected-notes.json
 *
 * Everything else that counts is the same in all: names resolve to addresses made of their digits, those that begin
 * with `gone` do not; the machine has IPv6; it is noon of the first day of 2026.
 */

export interface GoldenResult {
  readonly conf: string;
  /** With the exact commands, where the plan is one for a running HAProxy. */
  readonly plan: Pick<Plan, "kind" | "reasons"> & { readonly commands?: readonly string[] };
  readonly notes: readonly Note[];
}

/** The folders of all cases, or of those of one proxy. */
export function caseFolders(platform?: Config["proxy_platform"]): readonly string[] {
  const folders = globSync(join(import.meta.dirname, "*", "gateway.toml"))
    .map(dirname)
    .sort();
  return folders.filter((folder) => platform === undefined || platformOf(folder) === platform);
}

function platformOf(folder: string): Config["proxy_platform"] {
  const path = join(folder, "gateway.toml");
  return parseConfig(readFileSync(path, "utf8"), path).config.proxy_platform;
}

/** Runs the stages of the agent, all but the last, over one case. */
export async function runCase(folder: string): Promise<GoldenResult> {
  const { config, notes } = await readConfig(folder);
  const after = await runStages(folder, { config, suffix: ".json" });
  const before = hasBefore(folder) ? await runStages(folder, { config, suffix: ".before.json" }) : undefined;
  const { kind, reasons, steps } = planChanges({
    reloads: "allowed",
    refused: undefined,
    serverPrefix: serverPrefix(config),
    shapeOf: shapeBy(config, after.applied.backends),
    file: after.file,
    running: { ...runningOn(before?.file), ...(before && runtimeOf(config, before)) },
    wanted: after.applied,
    applied: before?.applied,
  });
  return {
    conf: after.file.text,
    plan: { kind, reasons, ...(steps.length > 0 && { commands: commandsFor(config, steps) }) },
    notes: [...notes, ...after.notes],
  };
}

/** The file that another template makes of a case. */
export async function renderCase(folder: string, changes: Partial<Config>): Promise<string> {
  const { config } = await readConfig(folder);
  return (await runStages(folder, { config: { ...config, ...changes }, suffix: ".json" })).file.text;
}

interface Stages {
  readonly file: RenderedFile;
  readonly notes: readonly Note[];
  readonly applied: Applied;
}

async function readConfig(folder: string): Promise<{ readonly config: Config; readonly notes: readonly Note[] }> {
  const { config, notes } = parseConfig(await readFile(join(folder, "gateway.toml"), "utf8"), "gateway.toml");
  const named = config.xproxy === "" ? { ...config, xproxy: "gateway-1" } : config;
  const absolute = resolvePaths(named, folder);
  return {
    config: { ...absolute, nginx_config: "/etc/nginx/nginx.conf", haproxy_config: "/etc/haproxy/haproxy.cfg" },
    notes,
  };
}

async function runStages(
  folder: string,
  { config, suffix }: { readonly config: Config; readonly suffix: string },
): Promise<Stages> {
  const recorded = config.namespaces
    .map(({ name }) => ({ namespace: name, file: join(folder, `endpoints-${name}${suffix}`) }))
    .filter(({ file }) => existsSync(file));
  const snapshots = await readRecorded(recorded, config.namespaces);
  const shippedFolder = join(import.meta.dirname, "..", "..", "templates");
  const { template } = await loadTemplate(config, { shippedFolder, engines, hash: hashText });
  const { file, backends, notes } = await preview({
    config,
    configFile: config[`${config.proxy_platform}_config`],
    template,
    snapshots,
    resolver: fixedResolver,
    driver: fixedDriver(config.proxy_platform, versionIn(folder, config.proxy_platform)),
    world: { environment: {}, timeZone: "UTC", ipv6: true },
    hash: hashText,
    now: Date.UTC(2026, 0, 1, 12),
    signal: new AbortController().signal,
  });
  const { value } = buildDesired(snapshots, config.namespaces);
  return { file, notes, applied: { desired: value, backends, addresses: "", template: "template", config: "config" } };
}

function hasBefore(folder: string): boolean {
  return globSync(join(folder, "endpoints-*.before.json")).length > 0;
}

function versionIn(folder: string, platform: Config["proxy_platform"]): string | undefined {
  if (platform === "haproxy") return "3.2.26";
  const path = join(folder, "world.json");
  const world: { nginx?: string } = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  return world.nginx === "" ? undefined : (world.nginx ?? "1.30.6");
}

/** The proxy serves what it was given before. */
function runningOn(file: RenderedFile | undefined, version?: string): RunningState {
  return {
    running: true,
    startable: false,
    version,
    servedGeneration: file?.generation,
    file,
    unproven: false,
    oldWorkers: 0,
  };
}

/** HAProxy, NGINX Plus, or nginx that has learned its servers, has just what it should have had before. */
function runtimeOf(config: Config, { file, applied: { backends } }: Stages): Pick<RunningState, "runtime"> {
  const isPlus = usesPlusApi(config);
  const isDns = mayUseDns(config) && seedsOf(file.text).size > 0;
  if (config.proxy_platform === "nginx" && !isPlus && !isDns) return {};
  const servers = backends.flatMap(({ name: backend, servers: all }) =>
    all.map(({ name, address, port, attributes }) => {
      return { backend, name, address, port, state: "serving" as const, ...(isPlus && { parameters: attributes }) };
    }),
  );
  const names = new Set(backends.map((one) => one.name));
  return { runtime: { names, servers, outliveReloads: isPlus || isDns, isPartial: isDns } };
}

/** The commands of a HAProxy; nginx is told each step by a call or an answer of its own. */
function commandsFor(config: Config, steps: readonly Step[]): readonly string[] {
  if (config.proxy_platform === "haproxy") return commandsOf(steps).map((one) => one.line);
  return steps.map(({ kind, backend, server }) => {
    const attributes = "attributes" in server && server.attributes !== "" ? ` ${server.attributes}` : "";
    return `${kind} ${backend} ${server.name}${attributes}`;
  });
}

const fixedResolver: Resolver = {
  run: async () => undefined,
  resolve: async (hosts) => {
    const gone = hosts.filter((host) => host.startsWith("gone"));
    return {
      addresses: { get: (host) => (host.startsWith("gone") ? undefined : addressOf(host)) },
      fingerprint: "",
      unresolved: gone.map((host) => ({ host, reason: "getaddrinfo ENOTFOUND", kept: undefined })),
    };
  },
};

function addressOf(host: string): string {
  const isAddress = /^[\d.]+$/.test(host) || host.includes(":");
  return isAddress ? host : `10.99.0.${Number(host.replaceAll(/\D/g, "")) % 256}`;
}

function fixedDriver(name: string, version: string | undefined): ProxyDriver {
  const refuse = () => Promise.reject(new Error("a golden test changes nothing"));
  return {
    name,
    observe: async () => runningOn(undefined, version),
    check: refuse,
    apply: refuse,
    run: refuse,
  };
}

/** The name that a case has in the report. */
export function caseName(folder: string): string {
  return basename(folder);
}

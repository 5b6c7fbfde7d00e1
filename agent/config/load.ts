import { hostname } from "node:os";
import { resolve } from "node:path";
import { AgentError } from "../errors.ts";
import { type EnvironmentSettings, readEnvironment } from "./environment.ts";
import { environmentBase, environmentNamespace, overlayEnvironment, overlayNamespace } from "./environment-layer.ts";
import { emptyLayer, type Layer, overlay } from "./layer.ts";
import type { ParsedConfig } from "./parse.ts";
import { resolvePaths } from "./paths.ts";
import { checkPemFiles } from "./pem-files.ts";
import { readTextFile } from "./read-text-file.ts";
import { readSecretFiles } from "./secret-files.ts";
import { readToml } from "./toml-layer.ts";
import { validateLayer } from "./validate.ts";

/** Where a configuration may come from. */
export interface ConfigSources {
  /** `-f FILE`. */
  readonly file: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths start here. */
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** A configuration that is complete: defaults filled in, paths absolute, secrets read. */
export interface LoadedConfig extends ParsedConfig {
  /** Absolute paths whose change means another configuration: the TOML file and files of secrets. */
  readonly files: readonly string[];
  /** For people: the file as the operator wrote it, or `environment`. */
  readonly source: string;
}

/** Reading the file itself: its own `disk_io_timeout_sec` is not known yet. */
const readTimeoutMs = 5000;
const usualFile = "nixy.toml";

/**
 * Finds and reads the configuration: the file given with `-f`, else the one of `CONFIG_FILE_PATH`, else the
 * environment if `DROVE_CONTROLLERS` is set, else `nixy.toml`. `DROVE_GATEWAY_<KEY>` goes over it,
 * `DROVE_GATEWAY_DEFAULTS` below it. Throws `config-unreadable` or `config-invalid`, each one line.
 */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const settings = readEnvironment(sources.env);
  return await complete(await readMain(sources, settings), sources, settings);
}

/** The keys that say where the API is, and its token. */
const keysOfApi =
  /^[ \t]*"?(?:address|port|port_use_tls|port_tls_certfile|port_tls_keyfile|api_token|api_token_file)"?[ \t]*=/i;

/**
 * What a command needs to ask the agent that runs with this configuration. While the file cannot be used, as after a bad
 * edit, the agent goes on with its last good one and is to be asked all the same: then only those lines of the file count
 * that say where its API is, and `trouble` is why. Throws as `loadConfig` if these are of no use either.
 */
export async function loadToAsk(
  sources: ConfigSources,
): Promise<{ readonly config: LoadedConfig["config"]; readonly trouble?: unknown }> {
  try {
    return { config: (await loadConfig(sources)).config };
  } catch (trouble) {
    const settings = readEnvironment(sources.env);
    const name = sources.file ?? settings.configFile ?? usualFile;
    const file = resolve(sources.cwd, name);
    const read = await readTextFile(file, { signal: sources.signal, timeoutMs: readTimeoutMs });
    if (!read.ok) throw trouble;
    const { config } = await complete({ layer: layerOfApi(read.text, name), file }, sources, settings).catch(() => {
      throw trouble;
    });
    return { config, trouble };
  }
}

/** Each line by itself, so that no other one matters. */
function layerOfApi(text: string, name: string): Layer {
  const [top = ""] = text.split(/^[ \t]*\[/m);
  const lines = top.split("\n").filter((line) => keysOfApi.test(line) && isUsable(line));
  return readToml(withNamespace(lines.join("\n")), name);
}

function isUsable(line: string): boolean {
  try {
    validateLayer(readToml(withNamespace(line), ""));
    return true;
  } catch {
    return false;
  }
}

/** There must be one; nobody asks its controller. */
function withNamespace(lines: string): string {
  return `${lines}\n[[namespaces]]\nname = "none"\ndrove = ["http://localhost"]\n`;
}

async function complete(main: MainLayer, sources: ConfigSources, settings: EnvironmentSettings): Promise<LoadedConfig> {
  const defaults = await readDefaults(sources, settings);
  const base = main.file === undefined ? environmentBase() : emptyLayer(main.layer.source);
  const layer = overlayEnvironment(overlay(overlay(base, defaults), main.layer), settings);
  const checked = validateLayer(layer);
  const { config, files } = await readSecretFiles(resolvePaths(checked, sources.cwd), {
    layer,
    signal: sources.signal,
  });
  await checkPemFiles(config, { layer, signal: sources.signal });
  return {
    config: config.xproxy === "" ? { ...config, xproxy: hostname() } : config,
    notes: layer.notes,
    files: [...(main.file === undefined ? [] : [main.file]), ...files],
    source: layer.source,
  };
}

/** The layer that holds the namespaces, and the file it came from. */
interface MainLayer {
  readonly layer: Layer;
  readonly file: string | undefined;
}

async function readMain(sources: ConfigSources, settings: EnvironmentSettings): Promise<MainLayer> {
  const named = sources.file ?? settings.configFile;
  const hasControllers = settings.cluster.some((setting) => setting.key === "drove");
  if (named === undefined && hasControllers) return { layer: environmentNamespace(settings), file: undefined };
  const name = named ?? usualFile;
  const file = resolve(sources.cwd, name);
  const read = await readTextFile(file, { signal: sources.signal, timeoutMs: readTimeoutMs });
  if (read.ok) return { layer: overlayNamespace(readToml(read.text, name), settings), file };
  if (named === undefined && read.isMissing) throw nothingToRead();
  if (sources.file !== undefined) throw unreadable(`${name}: ${read.reason}; give the path of the TOML file with -f`);
  if (named === undefined) throw unreadable(`${name}: ${read.reason}; give another file with -f`);
  throw unreadable(`CONFIG_FILE_PATH: ${name} ${read.reason}; mount the file there or correct the variable`);
}

async function readDefaults(sources: ConfigSources, settings: EnvironmentSettings): Promise<Layer> {
  const name = settings.defaultsFile;
  if (name === undefined) return emptyLayer("defaults");
  const file = resolve(sources.cwd, name);
  const read = await readTextFile(file, { signal: sources.signal, timeoutMs: readTimeoutMs });
  if (read.ok) return readToml(read.text, name);
  throw unreadable(`DROVE_GATEWAY_DEFAULTS: ${name} ${read.reason}; correct the variable or unset it`);
}

function unreadable(message: string): AgentError {
  return new AgentError("config-unreadable", message);
}

function nothingToRead(): AgentError {
  const ways = "set it to the controllers' URLs, or CONFIG_FILE_PATH to a mounted TOML file, or give a file with -f";
  return unreadable(`DROVE_CONTROLLERS: is not set, and there is no ${usualFile} here; ${ways}`);
}

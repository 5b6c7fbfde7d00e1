import type { Config } from "./config/schema.ts";
import { backendsFor, type Placed } from "./desired/backends.ts";
import { mayUseDns } from "./desired/dns-backends.ts";
import { usesPlusApi } from "./desired/plus-backends.ts";
import type { Addresses, Backend, DesiredState, Note, RenderedFile, RunningState } from "./model.ts";
import { dnsShapeOf } from "./plan/dns-shape.ts";
import { nginxShapeOf } from "./plan/nginx-shape.ts";
import { type ConfigShape, managedBy, shapeOf } from "./plan/shape.ts";
import { buildTemplateData } from "./render/data.ts";
import type { Template, TemplateWorld } from "./render/engine.ts";
import { renderFile } from "./render/render.ts";
import { withoutSeeds } from "./seeds.ts";

/** What a file is made of. */
export interface Ingredients {
  readonly config: Config;
  /** Absolute path of the file that the proxy reads. */
  readonly configFile: string;
  readonly template: Template;
  readonly desired: DesiredState;
  readonly addresses: Addresses;
  readonly running: Pick<RunningState, "version" | "file" | "dnsFailure">;
  readonly world: Omit<TemplateWorld, "now"> & { readonly ipv6: boolean };
  readonly hash: (text: string) => string;
  /** In ms since the epoch. */
  readonly now: number;
  /** The backends of these, if they are known already. */
  readonly placed?: Placed;
}

/** What the proxy should have: the file, and for HAProxy the backends that the file is to have. */
export interface Made {
  readonly file: RenderedFile;
  readonly backends: readonly Backend[];
  readonly notes: readonly Note[];
  readonly shapeOf: (text: string) => ConfigShape;
}

/** From the desired state to the file, the same for the running agent, for `render` and for `check`. */
export function makeFile(ingredients: Ingredients): Made {
  const { config, configFile, running, world, hash, now } = ingredients;
  const { data, placed } = dataFor(ingredients);
  const { backends, notes } = placed;
  const shape = shapeBy(config, backends);
  // Servers that come and go at run time do so without another generation.
  const essence = mayUseDns(config)
    ? withoutSeeds
    : (text: string) => (changesAtRuntime(config) ? shape(text).fixed : text);
  const rendered = renderFile(
    { template: ingredients.template, data, path: configFile, world, hash, essence },
    { current: running.file, now },
  );
  return {
    file: { ...rendered, carriesGeneration: tellsGeneration(config, rendered) },
    backends,
    notes,
    shapeOf: shape,
  };
}

/** HAProxy tells its description, wherever else in its configuration the generation is. */
function tellsGeneration({ proxy_platform: platform }: Config, file: RenderedFile): boolean {
  if (platform !== "haproxy" || !file.carriesGeneration) return file.carriesGeneration;
  return file.text.split("\n").some((line) => /^\s*description\s/.test(line) && line.includes(file.generation));
}

/** What the template sees. */
export function dataFor({ config, configFile, desired, addresses, running, world, placed }: Ingredients) {
  const known = placed ?? backendsFor(config, { desired, addresses });
  const data = buildTemplateData({
    config,
    desired,
    // Templates of open-source nginx know vhosts only.
    backends: mayUseDns(config) ? [] : known.backends,
    configFolder: folderOf(configFile),
    addresses,
    proxyVersion: running.version,
    asksByDns: mayUseDns(config) && running.dnsFailure === undefined,
    ipv6: world.ipv6,
  });
  return { data, placed: known };
}

/** True if servers can come and go without a reload. */
function changesAtRuntime(config: Config): boolean {
  return config.proxy_platform === "haproxy" || usesPlusApi(config) || mayUseDns(config);
}

/** How the proxy's configs are taken apart. */
export function shapeBy(config: Config, backends: readonly Backend[]): (text: string) => ConfigShape {
  if (config.proxy_platform === "nginx" && !usesPlusApi(config)) return dnsShapeOf;
  const managed = managedBy(backends, serverPrefix(config));
  return config.proxy_platform === "nginx"
    ? (text) => nginxShapeOf(text, managed.backends)
    : (text) => shapeOf(text, managed);
}

/** Whether the agent may write the config and have it loaded, or whether both are somebody else's to do. */
export function reloadsOf(config: Config): "allowed" | "none" {
  const isDisabled =
    config.proxy_platform === "haproxy" ? config.haproxy_reload_disabled : config.nginx_reload_disabled;
  return isDisabled && changesAtRuntime(config) ? "none" : "allowed";
}

/** What the names of our servers begin with, and so how they are told from others. All of an upstream of nginx are ours. */
export function serverPrefix(config: Config): string {
  if (config.proxy_platform === "nginx") return "";
  return config.haproxy_server_name_prefix + config.haproxy_server_name_host_port_delimiter;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}

import { dirname, resolve } from "node:path";
import type { Inputs } from "../agent.ts";
import type { Config } from "../config/schema.ts";
import { AgentError } from "../errors.ts";
import { chooseEngine, type Template, type TemplateEngine, type TemplateSource } from "../render/engine.ts";
import { readTemplate } from "./template-files.ts";

/** What turning a file into a template needs. */
export interface EngineSettings {
  readonly shippedFolder: string;
  readonly engines: readonly TemplateEngine[];
  readonly hash: (text: string) => string;
  /** Default `readTemplate`. */
  readonly read?: typeof readTemplate;
}

/** A compiled template and the files it was made of; `templateId` changes when they do. */
export interface LoadedTemplate {
  readonly template: Template;
  readonly templateId: string;
  /** What it was compiled of. */
  readonly source: TemplateSource;
  readonly files: readonly string[];
}

/** Where the template of a configuration is: the user's, else the shipped one. */
export function templatePath(config: Config, shippedFolder: string): string {
  const platform = config.proxy_platform;
  const own = platform === "nginx" ? config.nginx_template : config.haproxy_template;
  if (own !== "") return resolve(own);
  return resolve(shippedFolder, platform, platform === "nginx" ? "nginx.conf.eta" : "haproxy.cfg.eta");
}

/**
 * Reads the template of a configuration, and compiles it unless that is `former` already. Throws an AgentError that names
 * file and line.
 */
export async function loadTemplate(
  config: Config,
  options: EngineSettings,
  former?: LoadedTemplate,
): Promise<LoadedTemplate> {
  const path = templatePath(config, options.shippedFolder);
  const engine = chooseEngine(options.engines, { path, engine: config.template_engine });
  if (engine === undefined) {
    const known = options.engines.map((one) => one.extension).join(", ");
    throw new AgentError(
      "template-invalid",
      `${path}: no template engine for this file; its name must end in ${known}`,
    );
  }
  const source = await (options.read ?? readTemplate)(path, config.template_partials);
  const settings = { leftDelimiter: config.left_delimiter, rightDelimiter: config.right_delimiter };
  const templateId = options.hash(JSON.stringify([source, settings, engine.name]));
  if (templateId === former?.templateId) return former;
  const template = engine.compile(source, settings);
  // The folder is watched even while it is empty or missing, so that the first file in it is noticed.
  const folders = [
    ...new Set([resolve(dirname(path), "partials"), ...source.partials.map((one) => dirname(one.path))]),
  ];
  return { template, templateId, source, files: [path, ...source.partials.map((one) => one.path), ...folders] };
}

/** Configuration and template together, as the loop takes them. */
export function inputsOf(config: Config, loaded: LoadedTemplate, hash: EngineSettings["hash"]): Inputs {
  const target = config.proxy_platform === "nginx" ? config.nginx_config : config.haproxy_config;
  const configId = hash(JSON.stringify(config));
  return { config, configId, configFile: resolve(target), template: loaded.template, templateId: loaded.templateId };
}

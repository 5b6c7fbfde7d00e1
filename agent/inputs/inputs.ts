import { resolve } from "node:path";
import type { Inputs } from "../agent.ts";
import { configFileOf } from "../config/config-file.ts";
import type { Config } from "../config/schema.ts";
import { AgentError } from "../errors.ts";
import { chooseEngine, type Template, type TemplateEngine, type TemplateSource } from "../render/engine.ts";
import { partialFolders, readTemplate } from "./template-files.ts";

/** What turning a file into a template needs. */
export interface EngineSettings {
  readonly shippedFolder: string;
  readonly engines: readonly TemplateEngine[];
  readonly hash: (text: string) => string;
  /** Default `readTemplate`. */
  readonly read?: typeof readTemplate;
}

/** A compiled template and what it was made of; `templateId` changes when that does. */
export interface LoadedTemplate {
  readonly template: Template;
  readonly templateId: string;
  /** What it was compiled of. */
  readonly source: TemplateSource;
  /** Every file and folder whose change counts. */
  readonly files: readonly string[];
}

/** A template that was read and not compiled yet: which files count is known even if it does not compile. */
export interface ReadSource extends Omit<LoadedTemplate, "template"> {
  readonly compile: () => Template;
}

/** Where the template of a configuration is: the user's, else the shipped one. */
export function templatePath(config: Config, shippedFolder: string): string {
  const platform = config.proxy_platform;
  const own = platform === "nginx" ? config.nginx_template : config.haproxy_template;
  if (own !== "") return resolve(own);
  return resolve(shippedFolder, platform, platform === "nginx" ? "nginx.conf.eta" : "haproxy.cfg.eta");
}

/** Reads the template of a configuration and compiles it. Throws an AgentError that names file and line. */
export async function loadTemplate(config: Config, options: EngineSettings): Promise<LoadedTemplate> {
  return compileTemplate(await readSource(config, options));
}

/** Reads the template of a configuration. Throws an AgentError that names the file. */
export async function readSource(config: Config, options: EngineSettings): Promise<ReadSource> {
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
  const partials = source.partials.map((one) => one.path);
  // The folders are watched even while they are empty or missing, so that the first file in one is noticed.
  const files = [path, ...partials, ...partialFolders(path, config.template_partials)];
  return { source, templateId, files, compile: () => engine.compile(source, settings) };
}

/** Compiles what was read, unless that is `former` already. Throws an AgentError that names file and line. */
export function compileTemplate({ compile, ...read }: ReadSource, former?: LoadedTemplate): LoadedTemplate {
  if (read.templateId === former?.templateId) return former;
  return { ...read, template: compile() };
}

/** Configuration and template together, as the loop takes them. */
export function inputsOf(config: Config, loaded: LoadedTemplate, hash: EngineSettings["hash"]): Inputs {
  const { template, templateId } = loaded;
  return { config, configId: hash(JSON.stringify(config)), configFile: configFileOf(config), template, templateId };
}

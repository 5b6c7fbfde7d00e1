import { AgentError } from "../errors.ts";
import type { Template, TemplateEngine, TemplateSource, TemplateWorld } from "./engine.ts";
import { gatewayFunctions } from "./gateway-functions.ts";
import { goData } from "./go-data.ts";
import { GoTemplateError, parseTemplate } from "./go-template/index.ts";
import { createDataGuard } from "./guard-data.ts";
import { withGuards } from "./guarded-functions.ts";
import { settle } from "./settle.ts";

/** Go's text/template, for the templates that users of the Go gateway own. */
export const goEngine: TemplateEngine = { name: "go", extension: ".tmpl", compile: compileGo };

/** What the functions see while no template is being rendered. */
const nowhere: TemplateWorld = { now: () => 0, environment: {}, timeZone: "UTC" };

function compileGo(
  source: TemplateSource,
  settings: { readonly leftDelimiter: string; readonly rightDelimiter: string },
): Template {
  const name = fileName(source.path);
  const partials = source.partials.map((partial) => ({ name: fileName(partial.path), text: partial.text }));
  let world = nowhere;
  const functions = gatewayFunctions(() => world);
  const template = attempt(source, () =>
    parseTemplate({ ...settings, name, text: source.text, partials, functions, around: withGuards }),
  );
  const guarded = createDataGuard();
  const draft: NonNullable<Template["draft"]> = (data, current, onPrint) => {
    world = current;
    return attempt(source, () => template.execute(goData(guarded(data)), onPrint));
  };
  const render: Template["render"] = (data, current) => settle(draft(data, current), data.ProxyPlatform);
  return { engine: "go", path: source.path, render, draft };
}

/** Go's own message, with the path of the file in front and the line itself beside it. */
function attempt<T>(source: TemplateSource, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    if (!(cause instanceof GoTemplateError)) throw cause;
    const files = [source, ...source.partials];
    const file = files.find((one) => fileName(one.path) === cause.templateName) ?? source;
    const line = file.text.split("\n")[cause.line - 1]?.trim();
    throw new AgentError("template-invalid", `${file.path}:${cause.line}: ${cause.message}; correct the template`, {
      cause,
      facts: { line },
    });
  }
}

/** Go names a template of a file after the last part of its path. */
function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

import { AgentError } from "../errors.ts";
import type { Template, TemplateEngine, TemplateSource, TemplateWorld } from "./engine.ts";
import { goData } from "./go-data.ts";
import { gatewayFunctions } from "./go-template/gateway-functions.ts";
import { compileGoTemplate, GoTemplateError } from "./go-template/go-template.ts";

/** Go's text/template, for the templates that users of the Go gateway own. */
export const goEngine: TemplateEngine = { name: "go", extension: ".tmpl", compile: compileGo };

/** Functions are checked by name and signature when a template is compiled; what they return is that of the rendering. */
const nowhere: TemplateWorld = { now: () => 0, environment: {}, timeZone: "UTC" };

function compileGo(
  source: TemplateSource,
  settings: { readonly leftDelimiter: string; readonly rightDelimiter: string },
): Template {
  const name = fileName(source.path);
  const partials = source.partials.map((partial) => ({ name: fileName(partial.path), text: partial.text }));
  const template = attempt(source, () =>
    compileGoTemplate({ ...settings, name, text: source.text, partials, functions: gatewayFunctions(nowhere) }),
  );
  return {
    engine: "go",
    path: source.path,
    render: (data, world) => attempt(source, () => template.execute(goData(data), gatewayFunctions(world))),
  };
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

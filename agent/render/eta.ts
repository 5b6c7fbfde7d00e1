import { Eta, type EtaConfig } from "eta/core";
import { type EtaFunction, shippedForms } from "#shipped-forms";
import { AgentError } from "../errors.ts";
import { generationPlaceholder } from "./data.ts";
import type { OnPrint, Template, TemplateEngine, TemplateSource, TemplateWorld } from "./engine.ts";
import { standaloneTags } from "./eta-standalone.ts";
import { findBrokenTag } from "./eta-syntax.ts";
import { guard } from "./guard.ts";
import * as helpers from "./helpers.ts";
import { settle } from "./settle.ts";
import type { TemplateData } from "./template-data.ts";

/** Our own templates: JavaScript in `<% %>`, values by `<%= %>`, partials by `<%~ include("name", {…}) %>`. */
export const etaEngine: TemplateEngine = { name: "eta", extension: ".eta", compile: compileEta };

/** What Eta makes of a text depends on this. */
const syntax: Partial<EtaConfig> = {
  // Of every value, but for `<%~ %>`: after the filter.
  autoEscape: true,
  autoTrim: false,
  autoFilter: true,
  debug: true,
  plugins: [{ processAST: standaloneTags }],
};

/** The body of the function that Eta makes of a text, of the parameters `it` and `options`. */
export function sourceOf(text: string): string {
  return new Eta(syntax).compileToString(text);
}

/** What of a partial's file is included: its last newline is that of the line which includes it. */
export function partialText(text: string): string {
  return text.replace(/\r?\n$/, "");
}

function compileEta(source: TemplateSource): Template {
  const current: Printing = { onPrint: undefined, isRaw: false };
  const eta = new Eta({
    ...syntax,
    escapeFunction: (value) => (current.isRaw ? String(value) : guardValue(String(value))),
    filterFunction(value) {
      const text = refuseMissing(value);
      current.isRaw = typeof value === "number" || value instanceof Raw;
      return current.onPrint?.(text) ?? text;
    },
  });
  for (const partial of source.partials) {
    eta.loadTemplate(partial.name, compileFile(eta, { ...partial, text: partialText(partial.text) }));
  }
  const main = compileFile(eta, source);
  const draft: NonNullable<Template["draft"]> = (data, world, onPrint) => {
    current.onPrint = onPrint;
    return renderMain(eta, { main, data, world, path: source.path });
  };
  return {
    engine: "eta",
    path: source.path,
    render: (data, world) => settle(draft(data, world), data.ProxyPlatform),
    draft,
  };
}

/** What is known of the value that is being printed. */
interface Printing {
  onPrint: OnPrint | undefined;
  isRaw: boolean;
}

/** The generation is ours, braces and all. Most values have nothing to guard, and there are ten thousands of them. */
function guardValue(text: string): string {
  const guarded = guard(text);
  if (guarded === text || !text.includes(generationPlaceholder)) return guarded;
  return text.split(generationPlaceholder).map(guard).join(generationPlaceholder);
}

/** Text that is the template's own, though it comes out of an expression: printed as it is. */
class Raw extends String {}

const raw = (text: unknown) => new Raw(text);

/** They write their text as the proxy needs it. */
const quoting = {
  nginxString: (text: string) => raw(helpers.nginxString(text)),
  haproxyString: (text: string) => raw(helpers.haproxyString(text)),
  haproxyFormat: (text: string) => raw(helpers.haproxyFormat(text)),
  haproxyArgument: (text: string) => raw(helpers.haproxyArgument(text)),
};

function compileFile(eta: Eta, file: { readonly path: string; readonly text: string }): EtaFunction {
  try {
    const compiled = shippedForms.get(file.text) ?? (eta.compile(file.text) as EtaFunction);
    const options = { filepath: file.path };
    return function (data) {
      return compiled.call(this, data, options);
    };
  } catch (error) {
    throw syntaxError(eta, { file, error });
  }
}

function renderMain(
  eta: Eta,
  options: {
    readonly main: EtaFunction;
    readonly data: TemplateData;
    readonly world: TemplateWorld;
    readonly path: string;
  },
): string {
  const { data, world } = options;
  const functions = {
    getenv: (name: string) => (Object.hasOwn(world.environment, name) ? world.environment[name] : ""),
    datetime: () => new Date(world.now()).toISOString(),
  };
  try {
    return eta.render(options.main, { ...data, ...helpers, ...quoting, raw, ...functions });
  } catch (error) {
    throw runtimeError(error, options.path);
  }
}

/** Eta prints `undefined` as such; in a proxy's configuration that is never meant. */
function refuseMissing(value: unknown): string {
  if (value === undefined || value === null) throw new Error(`the value is ${value}`);
  return String(value);
}

/** Eta wraps an error once per include; the innermost one knows the place. */
function runtimeError(error: unknown, path: string): AgentError {
  const inner = innermost(error);
  const text = inner instanceof Error ? inner.message : String(inner);
  const [place = "", ...rest] = text.split("\n");
  const known = /:\d+$/.test(place);
  const reason = rest.at(-1) ?? text;
  const line = rest.find((one) => one.startsWith(" >> "))?.replace(/^ >> \d+\| ?/, "");
  const message = known ? `${place}: ${reason}` : `${path}: ${text}`;
  return new AgentError("template-invalid", `${message}; correct the template`, { cause: error, facts: { line } });
}

function innermost(error: unknown): unknown {
  return error instanceof Error && isEtaError(error.cause) ? innermost(error.cause) : error;
}

function isEtaError(error: unknown): error is Error {
  return error instanceof Error && /^.*:\d+\n/.test(error.message);
}

function syntaxError(
  eta: Eta,
  options: { readonly file: { path: string; text: string }; readonly error: unknown },
): AgentError {
  const { file } = options;
  const text = options.error instanceof Error ? options.error.message : String(options.error);
  const position = /^(?<reason>.*?) at line (?<line>\d+) col \d+/.exec(text)?.groups;
  const broken = position === undefined ? findBrokenTag(eta, file.text) : undefined;
  const line = position?.["line"] ?? broken?.line ?? 1;
  const reason = position?.["reason"] ?? broken?.reason ?? text.split("\n")[2] ?? text;
  return new AgentError("template-invalid", `${file.path}:${line}: ${reason}; correct the template`, {
    facts: { line: file.text.split("\n")[Number(line) - 1] ?? "" },
  });
}

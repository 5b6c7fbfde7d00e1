import type { TemplateData } from "./template-data.ts";

/** A template as read from disk, with the files that it includes. */
export interface TemplateSource {
  readonly path: string;
  readonly text: string;
  readonly partials: readonly { readonly name: string; readonly path: string; readonly text: string }[];
}

/** What a template may ask for besides its data. All of it is handed in, so that rendering stays pure. */
export interface TemplateWorld {
  /** What `datetime` prints, in ms since the epoch. Reading it is noticed. */
  readonly now: () => number;
  /** What `getenv` sees: the process environment without credentials. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeZone: string;
}

/** Told of each value that a template prints, before it is printed; what it gives is printed. */
export type OnPrint = (text: string) => string;

/** A compiled template. `render` throws an AgentError("template-invalid") that names file and line. */
export interface Template {
  readonly engine: "eta" | "go";
  readonly path: string;
  render(data: TemplateData, world: TemplateWorld): string;
  /** The same with the characters of values not yet written as the proxy needs them (see guard); each line is the same line. */
  draft?(data: TemplateData, world: TemplateWorld, onPrint?: OnPrint): string;
}

/** Turns source into a template; throws an AgentError("template-invalid") that names file and line. */
export interface TemplateEngine {
  readonly name: "eta" | "go";
  readonly extension: string;
  compile(
    source: TemplateSource,
    settings: { readonly leftDelimiter: string; readonly rightDelimiter: string },
  ): Template;
}

/** The engine named by `template_engine`, else the one of the file's extension; Go templates have none of their own in old installations. */
export function chooseEngine(
  engines: readonly TemplateEngine[],
  { path, engine }: { readonly path: string; readonly engine: "" | "eta" | "go" },
): TemplateEngine | undefined {
  const byName = engines.find((one) => one.name === engine);
  const byExtension = engines.find((one) => path.endsWith(one.extension));
  return byName ?? byExtension ?? engines.find((one) => one.name === "go");
}

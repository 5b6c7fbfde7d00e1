import type { RenderedFile } from "../model.ts";
import { generationPlaceholder } from "./data.ts";
import type { Template, TemplateWorld } from "./engine.ts";
import type { TemplateData } from "./template-data.ts";

/** What one rendering needs. `hash` names a text in 16 hex digits. */
export interface RenderInputs {
  readonly template: Template;
  readonly data: TemplateData;
  readonly path: string;
  readonly world: Omit<TemplateWorld, "now">;
  readonly hash: (text: string) => string;
  /** What of the text its generation names: all of it, or what only a reload can change. */
  readonly essence: (text: string) => string;
}

/**
 * Renders the config file. The clock of an unchanged file is the time at which that file was rendered: a template that
 * prints `datetime` is not "changed" by the time alone. Only when something else differs is it the file of `now`, and is
 * rendered again if it tells the time.
 */
export function renderFile(
  inputs: RenderInputs,
  {
    current,
    now,
  }: { readonly current: { readonly text: string; readonly renderedAt: number } | undefined; readonly now: number },
): RenderedFile {
  const first = renderAt(inputs, current?.renderedAt ?? now);
  if (first.file.text === current?.text) return first.file;
  return first.clockRead ? renderAt(inputs, now).file : { ...first.file, renderedAt: now };
}

function renderAt(inputs: RenderInputs, at: number): { readonly file: RenderedFile; readonly clockRead: boolean } {
  const clock = { read: false };
  const now = () => {
    clock.read = true;
    return at;
  };
  const body = inputs.template.render(inputs.data, { ...inputs.world, now });
  const generation = inputs.hash(inputs.essence(body));
  const carriesGeneration = body.includes(generationPlaceholder);
  const text = carriesGeneration ? body.replaceAll(generationPlaceholder, generation) : body;
  const file = { path: inputs.path, text, generation, renderedAt: at, carriesGeneration };
  return { file, clockRead: clock.read };
}

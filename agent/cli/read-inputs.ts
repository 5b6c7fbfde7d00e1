import type { Config } from "../config/schema.ts";
import { inputsOf, loadTemplate } from "../inputs/inputs.ts";
import { hashText, shippedTemplates } from "../machine.ts";
import { engines } from "../render/engines.ts";

/** What the running agent would render by this configuration. `source` is the template as it is written. */
export async function readInputs(config: Config) {
  const settings = { shippedFolder: shippedTemplates(process.argv[1] ?? ""), engines, hash: hashText };
  const loaded = await loadTemplate(config, settings);
  const { configFile, template } = inputsOf(config, loaded, hashText);
  return { configFile, template, source: loaded.source };
}

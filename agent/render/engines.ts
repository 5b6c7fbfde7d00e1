import type { TemplateEngine } from "./engine.ts";
import { etaEngine } from "./eta.ts";
import { goEngine } from "./go.ts";

/** Every template engine there is; `template_engine` or the file's extension chooses. */
export const engines: readonly TemplateEngine[] = [etaEngine, goEngine];

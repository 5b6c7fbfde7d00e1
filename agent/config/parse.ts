import type { Note } from "../model.ts";
import type { Config } from "./schema.ts";
import { readToml } from "./toml-layer.ts";
import { validateLayer } from "./validate.ts";

/** A configuration, and what its author should know. */
export interface ParsedConfig {
  readonly config: Config;
  readonly notes: readonly Note[];
}

/**
 * Reads one TOML file, which must be whole. `file` is the name that errors and notes show. Paths stay as they are and
 * `*_file` secrets unread: that is `loadConfig`'s part. Throws `config-invalid`.
 */
export function parseConfig(source: string, file: string): ParsedConfig {
  const layer = readToml(source, file);
  return { config: validateLayer(layer), notes: layer.notes };
}

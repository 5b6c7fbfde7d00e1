import * as v from "valibot";
import { type Config, configSchema, type NamespaceConfig } from "../../../agent/config/schema.ts";

/** A configuration with the defaults for all that is not given. */
export function configOf(input: Readonly<Record<string, unknown>>): Config {
  return v.parse(configSchema, input);
}

/** One namespace with the defaults for all that is not given. */
export function namespaceOf(input: Readonly<Record<string, unknown>>): NamespaceConfig {
  const [namespace] = configOf({ namespaces: [{ name: "blue", ...input }] }).namespaces;
  if (namespace === undefined) throw new Error("unreachable: the schema wants one");
  return namespace;
}

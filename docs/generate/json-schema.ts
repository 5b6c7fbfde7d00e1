import { legacyNames } from "../../agent/config/keys.ts";
import { Secret } from "../../agent/config/secret.ts";
import type { DocumentedKey } from "./keys.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema of the TOML file, for editors: draft 7, which all of them know. Names are in lower case, as everybody
 * writes them; the agent takes any case. What only code can check, the agent checks.
 */
export function jsonSchema({
  top,
  namespace,
}: {
  readonly top: readonly DocumentedKey[];
  readonly namespace: readonly DocumentedKey[];
}): string {
  const legacy = [...legacyNames].map(([old, name]): readonly [string, Json] => {
    const key = top.find((one) => one.name === name);
    return [old, { ...(key && typeOf(key)), description: `Old name of ${name}.`, deprecated: true }];
  });
  const flat = namespace
    .filter((key) => key.name !== "name")
    .map((key): readonly [string, Json] => {
      const description = `Belongs into a [[namespaces]] table. ${plain(key.text)}`;
      return [key.name, { ...typeOf(key), description, deprecated: true }];
    });
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Drove Gateway",
    description: "Configuration of Drove Gateway (nixy.toml).",
    type: "object",
    properties: {
      ...Object.fromEntries(top.map(propertyOf)),
      namespaces: {
        type: "array",
        description: "One [[namespaces]] table for each Drove cluster.",
        minItems: 1,
        items: {
          type: "object",
          properties: Object.fromEntries(namespace.map(propertyOf)),
          required: namespace.filter((key) => key.fallback === undefined).map((key) => key.name),
          additionalProperties: false,
        },
      },
      ...Object.fromEntries([...legacy, ...flat]),
      statsd: { type: "object", description: "Ignored: scrape /v1/metrics instead.", deprecated: true },
    },
    additionalProperties: false,
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

function propertyOf(key: DocumentedKey): readonly [string, Json] {
  const description = plain(key.text);
  const fallback = key.fallback instanceof Secret ? "" : key.fallback;
  const variable = `Environment: DROVE_GATEWAY_${key.name.toUpperCase()}.`;
  return [
    key.name,
    {
      ...typeOf(key),
      description: `${description} ${variable}`,
      ...(fallback !== undefined && { default: fallback }),
    },
  ];
}

function typeOf(key: DocumentedKey): Json {
  const { minimum, maximum, options, pattern } = key;
  if (key.kind === "flag") return { type: "boolean" };
  if (key.kind === "list") return { type: "array", items: { type: "string" } };
  if (key.kind === "number") {
    const type = key.isWhole ? "integer" : "number";
    const bounds = { ...(minimum !== undefined && { minimum }), ...(maximum !== undefined && { maximum }) };
    return { type: key.takesText ? [type, "string"] : type, ...bounds, ...(key.takesText && { pattern: "^\\d+$" }) };
  }
  return {
    type: "string",
    ...(options.length > 0 && { enum: options }),
    ...(pattern !== undefined && { pattern: pattern.source }),
  };
}

/** Editors show descriptions as plain text. */
function plain(markdown: string): string {
  return markdown.replaceAll("`", "");
}

import { startOnly } from "../../agent/config/changes.ts";
import { Secret } from "../../agent/config/secret.ts";
import type { DocumentedKey } from "./keys.ts";

/** A table for each section, with its heading. */
export function keyTables(keys: readonly DocumentedKey[]): string {
  const sections = Map.groupBy(keys, (key) => key.section);
  return [...sections].map(([section, members]) => `### ${section}\n\n${keyTable(members)}`).join("\n");
}

/** One table of keys in the order given. */
export function keyTable(keys: readonly DocumentedKey[]): string {
  const rows = keys.map((key) => `| \`${key.name}\` | ${key.kind} | ${defaultOf(key)} | ${meaningOf(key)} |\n`);
  return `| Key | Type | Default | Meaning |\n|---|---|---|---|\n${rows.join("")}`;
}

function defaultOf({ fallback }: DocumentedKey): string {
  if (fallback === undefined) return "required";
  return `\`${fallback instanceof Secret ? '""' : JSON.stringify(fallback)}\``;
}

function meaningOf(key: DocumentedKey): string {
  const told = key.isNew ? `*New.* ${key.text}` : key.text;
  return [told.replaceAll("|", "\\|"), allowed(key), inImage(key), restart(key)]
    .filter((text) => text !== "")
    .join(" ");
}

function allowed({ options, minimum, maximum, takesText }: DocumentedKey): string {
  const named = options.filter((option) => option !== "").map((option) => `\`${option}\``);
  if (named.length > 0) return `One of ${named.join(", ")}.`;
  return minimum === undefined || maximum === undefined || takesText ? "" : `From ${minimum} to ${maximum}.`;
}

function inImage({ imageDefault }: DocumentedKey): string {
  return imageDefault === undefined ? "" : `The image: \`${imageDefault}\`.`;
}

function restart({ name }: DocumentedKey): string {
  return (startOnly as readonly string[]).includes(name) ? "Needs a restart of the agent." : "";
}

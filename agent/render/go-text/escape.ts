/** The built-ins `html`, `js` and `urlquery`. */

import { toBytes } from "./bytes.ts";
import { isPrint } from "./quote.ts";

const entities = new Map(Object.entries({ "\0": "\ufffd", "&": "&amp;", "<": "&lt;", ">": "&gt;" }))
  .set('"', "&#34;")
  .set("'", "&#39;");

export function escapeHtml(text: string): string {
  return text.replaceAll(/[\0"'&<>]/g, (character) => entities.get(character) ?? "");
}

/** Text for a JavaScript string. */
export function escapeJs(text: string): string {
  return text.replaceAll(/[\\'"<>&=\x00-\x1f]|[^\x00-\x7f]/gu, (character) => {
    if (/[\\'"]/.test(character)) return `\\${character}`;
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0x80 && (isPrint(character) || !character.isWellFormed())) return character;
    return `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`;
  });
}

/** Text for the query of a URL: spaces become `+`. */
export function escapeQuery(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9\-_.~]/gu, (character) => {
    if (character === " ") return "+";
    return Array.from(toBytes(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
  });
}

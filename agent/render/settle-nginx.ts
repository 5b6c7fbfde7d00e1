import { guardedAt } from "./guard.ts";
import { commented, Unwritable } from "./unwritable.ts";

/*
 * The grammar is that of nginx's ngx_conf_read_token: words are bare or in quotes; quotes mean something only where a word
 * begins; a backslash takes the meaning of the next character, and is itself dropped only before `"`, `'`, `\`; nothing
 * takes the meaning of `$`.
 */

const space = /[ \t\r\n]+/y;
const comment = /#[^\n]*/y;
const quoted = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"?|'[^'\\]*(?:\\[\s\S][^'\\]*)*'?/y;
const bare = /(?:[^ \t\r\n;{\\$]+|\\[\s\S]?|\$\{?)+/y;

/** Where in nginx's configuration the next word is. */
interface Place {
  /** The directive that is being read; empty before its first word. */
  directive: string;
  /** Words of it so far. */
  words: number;
  /** The blocks around. */
  readonly blocks: string[];
}

/** nginx's configuration with all guarded characters written as nginx reads them. Throws Unwritable. */
export function settleNginx(text: string): string {
  const out: string[] = [];
  const place: Place = { directive: "", words: 0, blocks: [] };
  for (let at = 0; at < text.length; ) {
    const end = tokenEnd(text, at);
    const token = text.slice(at, end);
    out.push(token.includes("\udb80") ? settleToken(token, { at, place }) : token);
    moveOn(place, token);
    at = end;
  }
  return out.join("");
}

function tokenEnd(text: string, at: number): number {
  const pattern = /[ \t\r\n]/.test(text[at] ?? "")
    ? space
    : text[at] === "#"
      ? comment
      : /["']/.test(text[at] ?? "")
        ? quoted
        : bare;
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at + 1;
}

/** What the token does to the place of those behind it. */
function moveOn(place: Place, token: string): void {
  if (token === "{") place.blocks.push(place.directive);
  if (token === "}") place.blocks.pop();
  if (token === "{" || token === "}" || token === ";") Object.assign(place, { directive: "", words: 0 });
  else if (!/^[ \t\r\n#]/.test(token)) {
    if (place.words === 0) place.directive = token;
    place.words += 1;
  }
}

interface Token {
  readonly at: number;
  readonly place: Place;
}

function settleToken(token: string, { at, place }: Token): string {
  if (token.startsWith("#")) return commented(token);
  const quote = /^["']/.exec(token)?.[0];
  const inside = quote === undefined ? token : token.slice(1);
  checkFirst(inside, { at, place });
  const isKey = place.words === 0 && place.blocks.at(-1) === "map";
  const begin = isKey && /^[~\\]$/.test(guardedAt(inside, 0) ?? "") ? "\\\\" : "";
  if (quote !== undefined) return quote + begin + written(inside, { at, quote, word: token });
  if (!needsQuotes(token)) return begin + written(token, { at, quote: "", word: token });
  return `"${begin}${written(token, { at, quote: '"', word: token })}"`;
}

/** Where a tilde begins a pattern, a value would serve hosts that it does not name. */
function checkFirst(inside: string, { at, place }: Token): void {
  if (place.directive === "server_name" && guardedAt(inside, 0) === "~")
    throw new Unwritable(at, { word: inside, why: 'begins with "~", which makes a pattern of it' });
}

/** A bare word with a character that would end it, or begin something else, has to be quoted as a whole. */
function needsQuotes(word: string): boolean {
  if (/["'#}]/.test(guardedAt(word, 0) ?? "")) return true;
  return /\udb80[\udc00-\udc20\udc7f\udc3b\udc7b]/.test(word);
}

interface Writing {
  readonly at: number;
  /** Empty in a bare word. */
  readonly quote: string;
  readonly word: string;
}

/** The characters of a word; those of the template mean what they meant, quoted or not. */
function written(text: string, { at, quote, word }: Writing): string {
  const isNewlyQuoted = quote === '"' && !word.startsWith('"');
  let out = "";
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    const value = guardedAt(text, index);
    if (value !== undefined) {
      index += 1;
      if (text[index - 2] === "$" && value === "{") throw unquotable({ at, word });
      out += writeValue(value, { at, quote, word });
    } else if (character === "\\") {
      if (guardedAt(text, index + 1) !== undefined)
        throw new Unwritable(at, { word, why: "stands behind a backslash of the template, which would change it" });
      out += character + text.charAt(index + 1);
      index += 1;
    } else out += isNewlyQuoted && character === '"' ? '\\"' : character;
  }
  return out;
}

const escapes = new Map(Object.entries({ "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" }));

function writeValue(value: string, { at, quote, word }: Writing): string {
  if (value === "$") throw unquotable({ at, word });
  const escaped = escapes.get(value);
  if (escaped !== undefined) return escaped;
  if (/[\x00-\x1f\x7f]/.test(value)) throw new Unwritable(at, { word, why: "has a control character" });
  return value === quote ? `\\${value}` : value;
}

function unquotable({ at, word }: Pick<Writing, "at" | "word">): Unwritable {
  return new Unwritable(at, { word, why: 'has "$", which nothing takes the meaning of in nginx' });
}

import { guardedAt, unguard } from "./guard.ts";
import { commented, Unwritable } from "./unwritable.ts";

/*
 * HAProxy reads line by line. Quotes mean something anywhere in a word; in single ones nothing else does, in double ones
 * `\` and `$` do. A second reading gives `%` a meaning where a format is expected, and `(`, `)`, `,` one in expressions.
 */

/** Directives whose words are formats, but in their condition. */
const formats = new Set(
  (
    "http-request http-response http-after-response tcp-request tcp-response redirect use_backend use-server " +
    "log-format log-format-sd error-log-format unique-id-format http-check http-error"
  ).split(" "),
);

/** HAProxy's configuration with all guarded characters written as HAProxy reads them. Throws Unwritable. */
export function settleHaproxy(text: string): string {
  let at = 0;
  let inFile = false;
  return text
    .split("\n")
    .map((line) => {
      const start = at;
      at += line.length + 1;
      if (line.startsWith("#DROVE-FILE-")) inFile = line.startsWith("#DROVE-FILE-BEGIN");
      if (!line.includes("\udb80")) return line;
      return inFile ? settleFileLine(line, start) : settleLine(line, start);
    })
    .join("\n");
}

/** A line of a map or a list: a key has no blank, and does not begin a comment. What follows the key may have both. */
function settleFileLine(line: string, at: number): string {
  const content = line.replace(/^#\s?/, "");
  const key = /^\s*[^ \t]*/.exec(content)?.[0] ?? "";
  const why = /\udb80[\udc00-\udc20\udc7f]/.test(key)
    ? "has a blank or a control character, which no key of a file can have"
    : /^\s*\udb80\udc23/.test(key)
      ? 'begins with "#", which makes a comment of it'
      : /\udb80[\udc00-\udc1f\udc7f]/.test(content) || line.startsWith("#DROVE-FILE-")
        ? "cannot stand in a file of HAProxy's"
        : undefined;
  if (why !== undefined) throw new Unwritable(at, { word: content, why });
  return unguard(line);
}

/** How far a line has been read. */
interface Reading {
  readonly at: number;
  quote: "" | "'" | '"';
  /** The word so far, as HAProxy reads it. */
  word: string;
  readonly words: string[];
  /** A guarded character is in the word so far. */
  hasValue: boolean;
  /** Within the template's own braces of a condition. Words like `if` may as well be values, which are not guarded. */
  isCondition: boolean;
  /** Parentheses of functions that are open in the word. */
  depth: number;
}

function settleLine(line: string, at: number): string {
  const reading: Reading = { at, quote: "", word: "", words: [], hasValue: false, isCondition: false, depth: 0 };
  let out = "";
  for (let index = 0; index < line.length; index += 1) {
    const character = line.charAt(index);
    const value = guardedAt(line, index);
    if (value !== undefined) {
      index += 1;
      checkValue(value, { reading, rest: line.slice(index + 1) });
      out += writeValue(value, reading);
      reading.word += value;
      reading.hasValue = true;
    } else if (character === "#" && reading.quote === "") return out + commented(line.slice(index));
    else if (character === "\\" && reading.quote !== "'") {
      if (guardedAt(line, index + 1) !== undefined)
        throw unwritable(reading, "stands behind a backslash of the template, which would change it");
      out += line.slice(index, index + 2);
      reading.word += line.charAt(index + 1);
      index += 1;
    } else {
      out += character;
      read(character, reading);
    }
  }
  return out;
}

/** A character of the template. */
function read(character: string, reading: Reading): void {
  if (character === reading.quote) reading.quote = "";
  else if (reading.quote === "" && (character === '"' || character === "'")) reading.quote = character;
  else if (reading.quote === "" && /[ \t\r]/.test(character)) {
    if (reading.word !== "") reading.words.push(reading.word);
    if (!reading.hasValue && /^(?:!?\{|\})$/.test(reading.word)) reading.isCondition = reading.word !== "}";
    Object.assign(reading, { word: "", hasValue: false, depth: 0 });
  } else {
    if (character === "(" && /[\w.-]$/.test(reading.word)) reading.depth += 1;
    if (character === ")" && reading.depth > 0) reading.depth -= 1;
    reading.word += character;
  }
}

function checkValue(value: string, { reading, rest }: { readonly reading: Reading; readonly rest: string }): void {
  if (value === "\0") throw unwritable(reading, "has a character 0, which ends the line for HAProxy");
  if (reading.depth > 0 && /[\x00-\x20\x7f"'\\(),]/.test(value))
    throw unwritable(reading, `has ${JSON.stringify(value)}, which means something in an expression`);
  if (reading.quote === "" && /[{}]/.test(value) && reading.word === "" && /^([ \t\r]|$)/.test(rest))
    throw unwritable(reading, `is ${JSON.stringify(value)}, which begins or ends a condition`);
}

function unwritable({ at, words, word }: Reading, why: string): Unwritable {
  return new Unwritable(at, { word: word === "" ? (words.at(-1) ?? "") : word, why });
}

const named = new Map(Object.entries({ "\n": "\\n", "\r": "\\r", "\t": "\\t" }));

function writeValue(value: string, reading: Reading): string {
  const { quote } = reading;
  if (value === "%") return isFormat(reading) ? "%%" : "%";
  if (/[\x00-\x1f\x7f]/.test(value)) {
    const written = named.get(value) ?? `\\x${value.charCodeAt(0).toString(16).padStart(2, "0")}`;
    return quote === "'" ? `'${written}'` : written;
  }
  if (quote === "'") return value === "'" ? "'\\''" : value;
  if (quote === '"') return /["\\$]/.test(value) ? `\\${value}` : value;
  return /[ "'\\#]/.test(value) ? `\\${value}` : value;
}

/** Whether HAProxy looks for `%[…]` in this word. */
function isFormat({ words, isCondition }: Reading): boolean {
  return formats.has(words[0] ?? "") && words.at(-1) !== "string" && !isCondition;
}

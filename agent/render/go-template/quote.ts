/** Go's string and character literals: strconv.Quote and its kin, both ways. */

import { escapedByte, rejoin } from "./bytes.ts";

const shortEscapes: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};
const shortMeanings: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(shortEscapes).map(([character, written]) => [written.slice(1), character]),
);

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const simpleText = /^[ !#-[\]-~]*$/;

/** What may be shown as it is: letters, marks, numbers, punctuation, symbols and the ASCII space. */
export function isPrint(character: string): boolean {
  return printable.test(character);
}

/** `"…"` as strconv.Quote writes it; `ascii` escapes everything else, as `%+q` does. */
export function quote(text: string, charset: "unicode" | "ascii" = "unicode"): string {
  if (simpleText.test(text)) return `"${text}"`;
  let quoted = "";
  for (const character of text) quoted += escapeCharacter(character, '"', charset);
  return `"${quoted}"`;
}

/** `'…'` of one code point; what is no character becomes U+FFFD. */
export function quoteRune(rune: number, charset: "unicode" | "ascii" = "unicode"): string {
  return `'${escapeCharacter(runeText(rune), "'", charset)}'`;
}

/** The character of a code point; U+FFFD for what is not one. */
export function runeText(rune: number): string {
  const valid = rune >= 0 && rune <= 0x10ffff && (rune < 0xd800 || rune > 0xdfff);
  return String.fromCodePoint(valid ? rune : 0xfffd);
}

/** `U+0041 'A'`, the form of `%#U`. */
export function unicodeName(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return isPrint(character) ? `U+${hex} '${character}'` : `U+${hex}`;
}

function escapeCharacter(character: string, mark: string, charset: "unicode" | "ascii"): string {
  const code = character.codePointAt(0) ?? 0;
  const byte = escapedByte(code);
  if (byte !== undefined) return `\\x${byte.toString(16)}`;
  if (character === mark) return `\\${mark}`;
  const short = shortEscapes[character];
  if (short !== undefined) return short;
  if ((charset === "unicode" || code < 0x80) && isPrint(character)) return character;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
}

/** Whether the text can stand between backquotes. */
export function canBackquote(text: string): boolean {
  return text.isWellFormed() && !/[\x00-\x08\x0a-\x1f`\x7f\ufeff]/.test(text);
}

/** The meaning of a quoted or raw string literal; undefined where Go says "invalid syntax". */
export function unquote(literal: string): string | undefined {
  const body = literal.slice(1, -1);
  if (literal.startsWith("`")) return body.replaceAll("\r", "");
  if (!body.includes("\\")) return body;
  let text = "";
  for (let rest = body; rest !== ""; ) {
    const first = unquoteCharacter(rest, '"');
    if (first === undefined) return undefined;
    text += first.text;
    rest = rest.slice(first.length);
  }
  return rejoin(text);
}

interface Character {
  /** As text: a `\x` escape above 0x7f is a byte. */
  readonly text: string;
  /** As a number: the same escape is that number. */
  readonly rune: number;
  readonly length: number;
}

const numericEscape = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/;

/** The first character of a literal's inside, escapes understood; undefined where the escape is no escape. */
export function unquoteCharacter(literal: string, mark: string): Character | undefined {
  const plain = String.fromCodePoint(literal.codePointAt(0) ?? 0);
  if (plain === mark || literal === "") return undefined;
  if (plain !== "\\") return { text: plain, rune: literal.codePointAt(0) ?? 0, length: plain.length };
  const letter = literal.charAt(1);
  const short = letter === mark ? mark : shortMeanings[letter];
  if (short !== undefined) return { text: short, rune: short.charCodeAt(0), length: 2 };
  const numeric = numericEscape.exec(literal);
  return numeric === null ? undefined : numericCharacter(numeric);
}

function numericCharacter([all, byte, short, long, octal]: RegExpExecArray): Character | undefined {
  const wide = short ?? long;
  const rune = octal === undefined ? Number.parseInt(byte ?? wide ?? "", 16) : Number.parseInt(octal, 8);
  if (wide !== undefined) {
    const text = runeText(rune);
    return text.codePointAt(0) === rune ? { text, rune, length: all.length } : undefined;
  }
  if (rune > 0xff) return undefined;
  return { text: String.fromCharCode(rune < 0x80 ? rune : 0xdc00 + rune), rune, length: all.length };
}

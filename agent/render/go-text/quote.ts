/** Go's string and character literals: strconv.Quote and its kin, both ways. */

import { byteText, escapedByte, rejoin } from "./bytes.ts";

const shortMeanings = new Map(
  Object.entries({ a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "\\": "\\" }),
);
const shortEscapes = new Map([...shortMeanings].map(([letter, character]) => [character, `\\${letter}`]));

const simpleText = /^[ !#-[\]-~]*$/;

type Charset = "unicode" | "ascii";

/** What may be shown as it is: letters, marks, numbers, punctuation, symbols and the ASCII space. */
export function isPrint(character: string): boolean {
  // Not outside: V8 looks through all of Unicode for it, which would be half a millisecond of every start.
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character);
}

/** `"…"` as strconv.Quote writes it; `ascii` escapes everything else, as `%+q` does. */
export function quote(text: string, charset: Charset = "unicode"): string {
  if (simpleText.test(text)) return `"${text}"`;
  return `"${Array.from(text, (character) => escapeCharacter(character, '"', charset)).join("")}"`;
}

/** `'…'` of one code point; what is no character becomes U+FFFD. */
export function quoteRune(rune: number, charset: Charset): string {
  return `'${escapeCharacter(runeText(rune), "'", charset)}'`;
}

/** The character of a code point; U+FFFD for what is not one. */
export function runeText(rune: number): string {
  return rune <= 0x10ffff ? String.fromCodePoint(rune).toWellFormed() : "\ufffd";
}

/** `U+0041 'A'`, the form of `%#U`. */
export function unicodeName(character: string): string {
  const name = `U+${hex(character.codePointAt(0) ?? 0, 4).toUpperCase()}`;
  return isPrint(character) ? `${name} '${character}'` : name;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

function escapeCharacter(character: string, mark: string, charset: Charset): string {
  const code = character.codePointAt(0) ?? 0;
  const byte = escapedByte(code);
  if (byte !== undefined) return `\\x${hex(byte, 2)}`;
  if (character === mark) return `\\${mark}`;
  const short = shortEscapes.get(character);
  if (short !== undefined) return short;
  if ((charset === "unicode" || code < 0x80) && isPrint(character)) return character;
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

/** Whether the text can stand between backquotes. */
export function canBackquote(text: string): boolean {
  return text.isWellFormed() && !/[\x00-\x08\x0a-\x1f`\x7f\ufeff]/.test(text);
}

const escapes = /\\(?:x([\da-fA-F]{2})|([0-7]{3})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|(.?))/gsu;

/** The meaning of a quoted or raw string literal; undefined where Go says "invalid syntax". */
export function unquote(literal: string): string | undefined {
  const body = literal.slice(1, -1);
  return literal.startsWith("`") ? body.replaceAll("\r", "") : meaningOf(body, '"');
}

function meaningOf(body: string, mark: string): string | undefined {
  let isValid = true;
  const text = body.replaceAll(
    escapes,
    (_, byte?: string, octal?: string, short?: string, long?: string, letter = "") => {
      const meaning =
        numericMeaning(byte, octal, short ?? long) ?? (letter === mark ? mark : shortMeanings.get(letter));
      isValid &&= meaning !== undefined;
      return meaning ?? "";
    },
  );
  return isValid ? rejoin(text) : undefined;
}

/** `\x41` and `\101` are bytes, `\u0041` is a character. */
function numericMeaning(byte?: string, octal?: string, wide?: string): string | undefined {
  if (wide !== undefined) {
    const rune = Number.parseInt(wide, 16);
    return runeText(rune).codePointAt(0) === rune ? runeText(rune) : undefined;
  }
  const value = byte === undefined ? Number.parseInt(octal ?? "", 8) : Number.parseInt(byte, 16);
  return value <= 0xff ? byteText(value) : undefined;
}

/** The code point that `'x'` stands for; else Go's error message. */
export function unquoteRune(literal: string): number | string {
  const first = literal.slice(1).match(/^(?:\\(?:x..|[0-7]..|u.{4}|U.{8}|.)|[^\\'])/u)?.[0];
  const text = first === undefined ? undefined : meaningOf(first, "'");
  if (first === undefined || text === undefined) return "invalid syntax";
  if (literal !== `'${first}'`) return `malformed character constant: ${literal}`;
  const rune = text.codePointAt(0) ?? 0;
  return escapedByte(rune) ?? rune;
}

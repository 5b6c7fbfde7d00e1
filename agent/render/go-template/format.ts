/** What Go's fmt does below the values: text, numbers and characters in the form of a verb, with flags and width. */

import { toBytes } from "../go-text/bytes.ts";
import { formatFloat } from "../go-text/float-text.ts";
import { canBackquote, isPrint, quote, quoteRune, runeText } from "../go-text/quote.ts";
import type { Complex } from "./values.ts";

/** No function may make a longer text: hostile widths and doublings must end in an error, not in a full memory. */
const maxTextLength = 16 * 1024 * 1024;

/** Throws for a length beyond the limit. */
export function checkLength(length: number): void {
  if (length > maxTextLength) throw new RangeError("text is too long");
}

/** Flags, width and precision of a verb. */
export interface Flags {
  readonly width?: number | undefined;
  readonly precision?: number | undefined;
  readonly minus?: boolean;
  readonly plus?: boolean;
  readonly sharp?: boolean;
  readonly space?: boolean;
  readonly zero?: boolean;
  /** `%+v` and `%#v`, instead of the plain flags. */
  readonly plusV?: boolean;
  readonly sharpV?: boolean;
}

function repeat(text: string, times: number): string {
  checkLength(times);
  return times > 0 ? text.repeat(times) : "";
}

/** Text in the width, zeros before it where the `0` flag asks for them. */
export function pad({ width = 0, minus, zero }: Flags, text: string): string {
  if (width === 0) return text;
  const missing = width - Array.from(text).length;
  return minus ? text + repeat(" ", missing) : repeat(zero ? "0" : " ", missing) + text;
}

function padWithSpaces(flags: Flags, text: string): string {
  return pad({ ...flags, zero: false }, text);
}

const bases: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

/** An integer of up to 64 bits; undefined if the verb is none for integers. */
export function formatInteger(flags: Flags, value: number | bigint, verb: string): string | undefined {
  const base = bases[verb];
  if (base !== undefined) return formatBase(flags, value, { base, verb });
  const unsigned = BigInt.asUintN(64, BigInt(value));
  const rune = unsigned > 0x10ffffn ? 0xfffd : Number(unsigned);
  if (verb === "c") return pad(flags, runeText(rune));
  if (verb === "q") return pad(flags, quoteRune(rune, flags.plus ? "ascii" : "unicode"));
  return verb === "U" ? formatUnicode(flags, unsigned) : undefined;
}

interface Form {
  readonly base: number;
  readonly verb: string;
}

/** `0x2a`: how `%#v` shows an unsigned number. */
export function formatHex(flags: Flags, value: number | bigint): string {
  return formatBase({ ...flags, sharp: true }, value, { base: 16, verb: "v" });
}

function formatBase(flags: Flags, value: number | bigint, { base, verb }: Form): string {
  const { width, precision, plus, space, sharp } = flags;
  const sign = value < 0 ? "-" : plus ? "+" : space ? " " : "";
  const digits = value.toString(base).replace("-", "");
  if (precision === 0 && digits === "0") return repeat(" ", width ?? 0);
  const room = flags.zero && !flags.minus ? (width ?? 0) - sign.length : 0;
  let text = repeat("0", (precision ?? room) - digits.length) + digits;
  if (sharp && base === 2) text = `0b${text}`;
  if (sharp && base === 8 && !text.startsWith("0")) text = `0${text}`;
  if (sharp && base === 16) text = `0x${text}`;
  if (verb === "O") text = `0o${text}`;
  return padWithSpaces(flags, sign + (verb === "X" ? text.toUpperCase() : text));
}

function formatUnicode(flags: Flags, value: bigint): string {
  const hex = value.toString(16).toUpperCase();
  const zeros = repeat("0", Math.max(4, flags.precision ?? 0) - hex.length);
  const character = value <= 0x10ffffn ? runeText(Number(value)) : "";
  return padWithSpaces(flags, `U+${zeros}${hex}${flags.sharp && isPrint(character) ? ` '${character}'` : ""}`);
}

/** A float; undefined if the verb is none for floats. */
export function formatFloating(flags: Flags, value: number, verb: string): string | undefined {
  if (!/^[vbgGxXfFeE]$/.test(verb)) return undefined;
  const { width = 0, precision = /^[fFeE]$/.test(verb) ? 6 : -1, plus, space, sharp } = flags;
  checkLength(precision);
  const form = verb === "v" ? "g" : verb === "F" ? "f" : verb;
  const text = formatFloat(value, form, precision);
  const sign = text.startsWith("-") ? "-" : plus ? "+" : space ? " " : "";
  const size = text.replace(/^[+-]/, "");
  if (!Number.isFinite(value)) return padWithSpaces(flags, (Number.isNaN(value) ? sign : sign || "+") + size);
  const shown = sharp && verb !== "b" ? keepZeros(size, form, precision) : size;
  const zeros = sign !== "" && flags.zero && !flags.minus ? width - sign.length - shown.length : 0;
  return pad(flags, sign + repeat("0", zeros) + shown);
}

/** The `#` flag: always a point, and zeros up to the precision where `%g` would drop them. */
function keepZeros(size: string, verb: string, precision: number): string {
  const [, number = "", tail = ""] = size.match(/^(0[xX][^pP]*|[^eE]*)(.*)$/) ?? [];
  const wanted = /^[gGx]$/.test(verb) ? (precision === -1 ? 6 : precision) : 0;
  const counted = number === "0" ? 1 : number.replace(".", "").replace(/^0+/, "").length;
  return `${number}${number.includes(".") ? "" : "."}${repeat("0", wanted - counted)}${tail}`;
}

/** A complex number; undefined if the verb is none for floats. */
export function formatComplex(flags: Flags, { real, imaginary }: Complex, verb: string): string | undefined {
  const second = formatFloating({ ...flags, plus: true }, imaginary, verb);
  return second && `(${formatFloating(flags, real, verb)}${second}i)`;
}

/** A string; undefined if the verb is none for strings. */
export function formatString(flags: Flags, value: string, verb: string): string | undefined {
  const { precision, sharp, plus, sharpV } = flags;
  if (verb === "x" || verb === "X") return formatHexString(flags, value, verb);
  const cut = precision !== undefined && value.length > precision;
  const text = cut ? Array.from(value).slice(0, precision).join("") : value;
  if (verb === "s" || (verb === "v" && !sharpV)) return pad(flags, text);
  if (verb !== "q" && verb !== "v") return undefined;
  return pad(flags, sharp && canBackquote(text) ? `\`${text}\`` : quote(text, plus ? "ascii" : "unicode"));
}

function formatHexString(flags: Flags, value: string, verb: "x" | "X"): string {
  const bytes = toBytes(value).subarray(0, flags.precision);
  const mark = flags.sharp ? `0${verb}` : "";
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(flags.space ? ` ${mark}` : "");
  return pad(flags, hex === "" ? "" : mark + (verb === "X" ? hex.toUpperCase() : hex));
}

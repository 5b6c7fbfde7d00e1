/** The state of one formatting call, and the forms of the plain kinds: what Go's fmt does below the verbs. */

import { rejoin, toBytes } from "./bytes.ts";
import { formatFloat } from "./float-text.ts";
import { canBackquote, isPrint, quote, quoteRune, runeText } from "./quote.ts";

/** No function may make a longer text: hostile widths and doublings must end in an error, not in a full memory. */
const maxTextLength = 16 * 1024 * 1024;

/** Throws for a length beyond the limit. */
export function checkLength(length: number): void {
  if (length > maxTextLength) throw new RangeError("text is too long");
}

/** Flags, width and precision of the verb at hand, and what has been printed so far. */
export interface Printer {
  out: string;
  width: number | undefined;
  precision: number | undefined;
  minus: boolean;
  plus: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  /** `%+v` and `%#v`: they have taken the plain flags' place. */
  plusV: boolean;
  sharpV: boolean;
  /** Inside a `%!verb(…)`: values print without their methods. */
  reporting: boolean;
}

const noFlags = {
  width: undefined,
  precision: undefined,
  minus: false,
  plus: false,
  sharp: false,
  space: false,
  zero: false,
  plusV: false,
  sharpV: false,
};

export function createPrinter(): Printer {
  return { out: "", reporting: false, ...noFlags };
}

export function clearFlags(printer: Printer): void {
  Object.assign(printer, noFlags);
}

/** What has been printed, as one Go string. */
export function printed(printer: Printer): string {
  checkLength(printer.out.length);
  return rejoin(printer.out);
}

function padding(printer: Printer, length: number, fill: string): string {
  checkLength(printer.out.length + length);
  return length > 0 ? fill.repeat(length) : "";
}

/** Prints text in the width, zeros before it where the `0` flag asks for them. */
export function pad(printer: Printer, text: string, zeros: "zeros" | "spaces" = "zeros"): void {
  if (!printer.width) {
    printer.out += text;
    return;
  }
  const missing = printer.width - [...text].length;
  if (printer.minus) printer.out += text + padding(printer, missing, " ");
  else printer.out += padding(printer, missing, printer.zero && zeros === "zeros" ? "0" : " ") + text;
}

/** Runs a step with other flags and puts the old ones back. */
function withFlags(printer: Printer, flags: Partial<Printer>, step: () => void): void {
  const { sharp, plus } = printer;
  Object.assign(printer, flags);
  step();
  Object.assign(printer, { sharp, plus });
}

/** Prints an integer of up to 64 bits in a verb's form; false if the verb is none for integers. */
export function printInteger(printer: Printer, value: number | bigint, verb: string): boolean {
  const bases: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };
  const base = bases[verb];
  if (base !== undefined) {
    if (verb === "d" || verb === "v") printDecimal(printer, value);
    else printBase(printer, value, { base, verb });
    return true;
  }
  const unsigned = BigInt.asUintN(64, BigInt(value));
  const rune = unsigned > 0x10ffffn ? 0xfffd : Number(unsigned);
  if (verb === "c") pad(printer, runeText(rune));
  else if (verb === "q") pad(printer, quoteRune(rune, printer.plus ? "ascii" : "unicode"));
  else if (verb === "U") printUnicode(printer, unsigned);
  else return false;
  return true;
}

function printDecimal(printer: Printer, value: number | bigint): void {
  const { width, precision, plus, space } = printer;
  if (width === undefined && precision === undefined && !plus && !space) printer.out += String(value);
  else printBase(printer, value, { base: 10, verb: "d" });
}

/** `0x2a`: how `%#v` shows an unsigned number. */
export function printHex(printer: Printer, value: bigint): void {
  withFlags(printer, { sharp: true }, () => printBase(printer, value, { base: 16, verb: "v" }));
}

function printBase(printer: Printer, value: number | bigint, form: { base: number; verb: string }): void {
  const { width = 0, plus, space, sharp } = printer;
  const isNegative = value < 0;
  const digits = value.toString(form.base).replace("-", "");
  if (printer.precision === 0 && digits === "0") {
    printer.out += padding(printer, width, " ");
    return;
  }
  const fillsWithZeros = printer.zero && !printer.minus && printer.width !== undefined;
  const room = fillsWithZeros ? width - (isNegative || plus || space ? 1 : 0) : 0;
  const length = printer.precision ?? room;
  let text = padding(printer, length - digits.length, "0") + digits;
  if (sharp && form.base === 2) text = `0b${text}`;
  if (sharp && form.base === 8 && !text.startsWith("0")) text = `0${text}`;
  if (sharp && form.base === 16) text = `0x${text}`;
  if (form.verb === "O") text = `0o${text}`;
  if (form.verb === "X") text = text.toUpperCase();
  const sign = isNegative ? "-" : plus ? "+" : space ? " " : "";
  pad(printer, sign + text, "spaces");
}

function printUnicode(printer: Printer, value: bigint): void {
  const length = Math.max(4, printer.precision ?? 0);
  const hex = value.toString(16).toUpperCase();
  const character = value <= 0x10ffffn ? runeText(Number(value)) : "";
  const shown = printer.sharp && isPrint(character) ? ` '${character}'` : "";
  pad(printer, `U+${padding(printer, length - hex.length, "0")}${hex}${shown}`, "spaces");
}

/** Prints a float in a verb's form; false if the verb is none for floats. */
export function printFloat(printer: Printer, value: number, verb: string): boolean {
  if (!/^[vbgGxXfFeE]$/.test(verb)) return false;
  const precision = printer.precision ?? (/^[fFeE]$/.test(verb) ? 6 : -1);
  if (precision > 0) padding(printer, precision, "");
  const form = verb === "v" ? "g" : verb === "F" ? "f" : verb;
  const text = formatFloat(value, form, precision);
  const isSigned = /^[+-]/.test(text);
  const sign = isSigned && text[0] === "-" ? "-" : printer.plus ? "+" : printer.space ? " " : "";
  const size = isSigned ? text.slice(1) : text;
  if (!Number.isFinite(value)) {
    const shown = Number.isNaN(value) || sign !== "" ? sign : "+";
    pad(printer, shown + size, "spaces");
    return true;
  }
  printSignedFloat(printer, sign, printer.sharp && verb !== "b" ? keepZeros(size, form, precision) : size);
  return true;
}

function printSignedFloat(printer: Printer, sign: string, size: string): void {
  const missing = (printer.width ?? 0) - sign.length - size.length;
  if (sign !== "" && printer.zero && !printer.minus && missing > 0)
    printer.out += sign + padding(printer, missing, "0") + size;
  else pad(printer, sign + size);
}

/** The `#` flag: always a point, and zeros up to the precision where `%g` would drop them. */
function keepZeros(size: string, verb: string, precision: number): string {
  const isHex = verb === "x" || verb === "X";
  const tailAt = size.search(isHex ? /[pP]/ : /[eE]/);
  const number = tailAt === -1 ? size : size.slice(0, tailAt);
  const tail = tailAt === -1 ? "" : size.slice(tailAt);
  const wanted = /^[gGx]$/.test(verb) ? (precision === -1 ? 6 : precision) : 0;
  const counted = number.replace(".", "").replace(/^0+/, "").length;
  const isZero = number === "0";
  const missing = wanted - counted - (isZero ? 1 : 0);
  return `${number}${number.includes(".") ? "" : "."}${"0".repeat(Math.max(missing, 0))}${tail}`;
}

/** Prints a complex number; false if the verb is none for floats. */
export function printComplex(printer: Printer, parts: { real: number; imaginary: number }, verb: string): boolean {
  if (!/^[vbgGxXfFeE]$/.test(verb)) return false;
  printer.out += "(";
  printFloat(printer, parts.real, verb);
  withFlags(printer, { plus: true }, () => printFloat(printer, parts.imaginary, verb));
  printer.out += "i)";
  return true;
}

/** Prints a string in a verb's form; false if the verb is none for strings. */
export function printString(printer: Printer, value: string, verb: string): boolean {
  if (verb === "s" || (verb === "v" && !printer.sharpV)) pad(printer, truncate(printer, value));
  else if (verb === "q" || verb === "v") printQuoted(printer, truncate(printer, value));
  else if (verb === "x" || verb === "X") printHexString(printer, value, verb);
  else return false;
  return true;
}

function truncate({ precision }: Printer, value: string): string {
  if (precision === undefined || value.length <= precision) return value;
  return [...value].slice(0, precision).join("");
}

function printQuoted(printer: Printer, value: string): void {
  if (printer.sharp && canBackquote(value)) pad(printer, `\`${value}\``);
  else pad(printer, quote(value, printer.plus ? "ascii" : "unicode"));
}

function printHexString(printer: Printer, value: string, verb: "x" | "X"): void {
  const { precision, space, sharp, width = 0, zero, minus } = printer;
  const bytes = [...toBytes(value).subarray(0, precision)].map((byte) => byte.toString(16).padStart(2, "0"));
  const mark = sharp ? `0${verb}` : "";
  const separator = space ? ` ${mark}` : "";
  const hex = bytes.join(separator);
  const text = bytes.length === 0 ? "" : mark + (verb === "X" ? hex.toUpperCase() : hex);
  const missing = padding(printer, width - text.length, zero && !minus ? "0" : " ");
  printer.out += minus ? text + missing : missing + text;
}

/** Number literals: what strconv makes of them, with every kind that a literal can be. */

import { quote, unquoteRune } from "../go-text/quote.ts";
import type { Constant } from "./expressions.ts";
import { complexType, floatType } from "./types.ts";
import { exact, maxInt, maxUint, minInt, Typed } from "./values.ts";

const integer =
  /^([+-]?)(?:(0[xX](?:_?[\da-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|[1-9](?:_?\d)*|0)|0((?:_?[0-7])+))$/;
const digits = String.raw`\d(?:_?\d)*`;
const decimal = new RegExp(`^[+-]?(?:${digits}(?:\\.(?:${digits})?)?|\\.${digits})(?:[eE][+-]?${digits})?$`);
const hexadecimal = /^([+-]?)0[xX]((?:_?[\da-fA-F])*)(?:\.((?:[\da-fA-F](?:_?[\da-fA-F])*)?))?[pP]([+-]?\d(?:_?\d)*)$/;

/** Reads a number token; a string is Go's error message. */
export function parseNumber(text: string): Constant | string {
  const imaginary = text.endsWith("i") ? parseFloat64(text.slice(0, -1)) : undefined;
  if (imaginary !== undefined) return complexConstant(0, imaginary);
  const whole = parseInteger(text);
  const kinds = whole === undefined ? {} : wholeKinds(whole, text.startsWith("+"));
  if ("int" in kinds || "uint" in kinds) return wholeConstant(kinds, Number(whole));
  const float = parseFloat64(text);
  if (float === undefined) return `illegal number syntax: ${quote(text)}`;
  if (!/[.eEpP]/.test(text)) return `integer overflow: ${quote(text)}`;
  return { as: floatKinds(float), ideal: new Typed(floatType, float) };
}

/** Reads `'x'`; a string is Go's error message. */
export function parseCharacter(text: string): Constant | string {
  const rune = unquoteRune(text);
  return typeof rune === "string" ? rune : wholeConstant({ int: BigInt(rune), uint: BigInt(rune) }, rune);
}

/** Reads `1+2i`; a string is Go's error message. */
export function parseComplex(text: string): Constant | string {
  const split = text.search(/(?<=[^eEpP])[+-][^+-]*(?:[eEpP][+-][^+-]*)?i$/);
  const real = parseFloat64(text.slice(0, split));
  const imaginary = parseFloat64(text.slice(split, -1));
  if (real === undefined || imaginary === undefined) return "syntax error scanning complex number";
  return complexConstant(real, imaginary);
}

function parseInteger(text: string): bigint | undefined {
  const match = integer.exec(text);
  if (match === null) return undefined;
  const [, sign, modern, octal] = match;
  const value = BigInt((modern ?? `0o${octal}`).replaceAll("_", ""));
  return sign === "-" ? -value : value;
}

type Kinds = { int?: bigint; uint?: bigint };

function wholeKinds(value: bigint, hasPlus: boolean): Kinds {
  const int = value >= minInt && value <= maxInt ? { int: value } : {};
  const isUint = value === 0n || (value > 0n && value <= maxUint && !hasPlus);
  return isUint ? { ...int, uint: value } : int;
}

function wholeConstant(kinds: Kinds, float: number): Constant {
  return { as: { ...kinds, float }, ideal: kinds.int === undefined ? undefined : exact(kinds.int) };
}

/** A float without a fraction is a whole number too. */
function floatKinds(float: number): Constant["as"] {
  return { float, ...(Number.isInteger(float) ? wholeKinds(BigInt(float), false) : {}) };
}

function complexConstant(real: number, imaginary: number): Constant {
  const complex = { real, imaginary };
  const as = imaginary === 0 ? { ...floatKinds(real), complex } : { complex };
  return { as, ideal: new Typed(complexType, complex) };
}

/** strconv.ParseFloat; undefined for bad syntax and for what is out of range. */
function parseFloat64(text: string): number | undefined {
  const hex = hexadecimal.exec(text);
  if (hex === null && !decimal.test(text)) return undefined;
  const value = hex === null ? Number(text.replaceAll("_", "")) : hexFloat(hex);
  return Number.isFinite(value) ? value : undefined;
}

/** Two factors, since one alone may not be a number where the product is. */
function hexFloat([, sign, whole = "", fraction = "", exponent = ""]: RegExpExecArray): number {
  const places = fraction.replaceAll("_", "");
  const mantissa = Number(BigInt(`0x${whole.replaceAll("_", "")}${places}`));
  const power = Number(exponent.replaceAll("_", "")) - 4 * places.length;
  const half = Math.trunc(power / 2);
  return (sign === "-" ? -mantissa : mantissa) * 2 ** half * 2 ** (power - half);
}

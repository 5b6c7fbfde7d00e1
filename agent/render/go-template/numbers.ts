/** Number literals: what strconv makes of them, with every kind that a literal can be. */

import { quote, unquoteCharacter } from "./quote.ts";

interface Complex {
  readonly real: number;
  readonly imaginary: number;
}

/** The kinds that a literal fits: `1` is an int, a uint and a float, `1.5` only a float. */
export interface NumberKinds {
  readonly int?: bigint;
  readonly uint?: bigint;
  readonly float?: number;
  readonly complex?: Complex;
}

const maxInt = 2n ** 63n - 1n;
const maxUint = 2n ** 64n - 1n;
const integer =
  /^([+-]?)(?:(0[xX](?:_?[\da-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|[1-9](?:_?\d)*|0)|0((?:_?[0-7])+))$/;
const digits = String.raw`\d(?:_?\d)*`;
const decimal = new RegExp(`^[+-]?(?:${digits}(?:\\.(?:${digits})?)?|\\.${digits})(?:[eE][+-]?${digits})?$`);
const hexadecimal = /^([+-]?)0[xX]((?:_?[\da-fA-F])*)(?:\.((?:[\da-fA-F](?:_?[\da-fA-F])*)?))?[pP]([+-]?\d(?:_?\d)*)$/;

/** Reads a number token; a string is Go's error message. */
export function parseNumber(text: string): NumberKinds | string {
  const imaginary = text.endsWith("i") ? parseFloat64(text.slice(0, -1)) : undefined;
  if (imaginary !== undefined) return complexKinds({ real: 0, imaginary });
  const whole = parseInteger(text);
  const kinds = whole === undefined ? {} : integerKinds(whole, text);
  if (kinds.float !== undefined) return kinds;
  const float = parseFloat64(text);
  if (float === undefined) return `illegal number syntax: ${quote(text)}`;
  return /[.eEpP]/.test(text) ? floatKinds(float) : `integer overflow: ${quote(text)}`;
}

/** Reads `'x'`; a string is Go's error message. */
export function parseCharacter(text: string): NumberKinds | string {
  const character = unquoteCharacter(text.slice(1), "'");
  if (character === undefined) return "invalid syntax";
  if (text.slice(1 + character.length) !== "'") return `malformed character constant: ${text}`;
  const value = BigInt(character.rune);
  return { int: value, uint: value, float: character.rune };
}

/** Reads `1+2i`; a string is Go's error message. */
export function parseComplex(text: string): NumberKinds | string {
  const split = text.search(/(?<=[^eEpP])[+-][^+-]*(?:[eEpP][+-][^+-]*)?i$/);
  const real = parseFloat64(text.slice(0, split));
  const imaginary = parseFloat64(text.slice(split, -1));
  if (real === undefined || imaginary === undefined) return "syntax error scanning complex number";
  return complexKinds({ real, imaginary });
}

function parseInteger(text: string): bigint | undefined {
  const match = integer.exec(text);
  if (match === null) return undefined;
  const [, sign, modern, octal] = match;
  const value = BigInt((modern ?? `0o${octal}`).replaceAll("_", ""));
  return sign === "-" ? -value : value;
}

function integerKinds(value: bigint, text: string): NumberKinds {
  const int = value <= maxInt && value >= -maxInt - 1n ? { int: value } : {};
  const isUint = value === 0n || (value > 0n && value <= maxUint && !text.startsWith("+"));
  const uint = isUint ? { uint: value } : {};
  return "int" in int || isUint ? { ...int, ...uint, float: Number(value) } : {};
}

function floatKinds(float: number): NumberKinds {
  if (!Number.isInteger(float)) return { float };
  const value = BigInt(float);
  const int = value <= maxInt && value >= -maxInt - 1n ? { int: value } : {};
  return value >= 0n && value <= maxUint ? { ...int, uint: value, float } : { ...int, float };
}

function complexKinds(complex: Complex): NumberKinds {
  return complex.imaginary === 0 ? { ...floatKinds(complex.real), complex } : { complex };
}

/** strconv.ParseFloat; undefined for bad syntax and for what is out of range. */
function parseFloat64(text: string): number | undefined {
  const hex = hexadecimal.exec(text);
  if (hex === null && !decimal.test(text)) return undefined;
  const value = hex === null ? Number(text.replaceAll("_", "")) : hexFloat(hex);
  return Number.isFinite(value) ? value : undefined;
}

function hexFloat([, sign, whole = "", fraction = "", exponent = ""]: RegExpExecArray): number {
  const places = fraction.replaceAll("_", "");
  const mantissa = Number(BigInt(`0x${whole.replaceAll("_", "")}${places}`));
  const power = Number(exponent.replaceAll("_", "")) - 4 * places.length;
  const half = Math.trunc(power / 2);
  return (sign === "-" ? -mantissa : mantissa) * 2 ** half * 2 ** (power - half);
}

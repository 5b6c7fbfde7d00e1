/** fmt.Sprint, Sprintln and Sprintf. */

import { rejoin } from "../go-text/bytes.ts";
import { checkLength, type Flags } from "./format.ts";
import { printArgument } from "./print-value.ts";
import { isWhole } from "./types.ts";
import { dataOf, type GoValue, typeOf, unbox } from "./values.ts";

/** The largest width or precision that fmt takes from an operand. */
const maxNumber = 1e6;

/** The parts as one Go string of bearable length. */
function joined(parts: readonly string[], separator = ""): string {
  checkLength(parts.reduce((sum, part) => sum + part.length, 0));
  return rejoin(parts.join(separator));
}

/** Operands side by side, a space between two of which neither is a string. */
export function sprint(values: readonly GoValue[]): string {
  const operands = values.map(unbox);
  const isText = (index: number) => typeof operands[index] === "string";
  return joined(
    operands.map((value, index) => {
      const needsSpace = index > 0 && !isText(index) && !isText(index - 1);
      return (needsSpace ? " " : "") + printArgument({}, value, "v");
    }),
  );
}

/** Operands with a space between any two, and a newline. */
export function sprintln(values: readonly GoValue[]): string {
  const parts = values.map((value) => printArgument({}, value, "v"));
  return `${joined(parts, " ")}\n`;
}

interface Scan {
  readonly format: string;
  readonly values: readonly GoValue[];
  readonly out: string[];
  /** Where in the format. */
  at: number;
  /** Which operand comes next. */
  operand: number;
  /** An index like `[3]` has been seen: surplus operands are then no error. */
  reordered: boolean;
  /** The indexes of the verb at hand make sense. */
  goodIndex: boolean;
  /** The last thing read was an index. */
  afterIndex: boolean;
}

/** A format with its operands; mistakes show in the text as `%!verb(…)`. */
export function sprintf(format: string, values: readonly GoValue[]): string {
  const start = { at: 0, operand: 0, reordered: false, goodIndex: true, afterIndex: false };
  const scan: Scan = { format, values, out: [], ...start };
  let length = 0;
  while (scan.at < format.length) {
    const percent = format.indexOf("%", scan.at);
    const end = percent === -1 ? format.length : percent;
    scan.out.push(format.slice(scan.at, end));
    scan.at = end + 1;
    if (percent !== -1) formatVerb(scan);
    length += scan.out.at(-1)?.length ?? 0;
    checkLength(length);
  }
  if (!scan.reordered && scan.operand < values.length) scan.out.push(extra(values.slice(scan.operand)));
  return joined(scan.out);
}

/** `%!(EXTRA type=value, …)` */
function extra(values: readonly GoValue[]): string {
  const shown = values.map((held) => {
    const value = unbox(held);
    return (value === undefined ? "" : `${typeOf(value).name}=`) + printArgument({}, value, "v");
  });
  return `%!(EXTRA ${shown.join(", ")})`;
}

function formatVerb(scan: Scan): void {
  scan.goodIndex = true;
  scan.afterIndex = false;
  const wide = readWidth(scan, readFlags(scan));
  const flags = { ...wide, precision: readPrecision(scan) };
  if (!scan.afterIndex) readIndex(scan);
  scan.out.push(verbText(scan, flags));
}

function verbText(scan: Scan, flags: Flags): string {
  if (scan.at >= scan.format.length) return "%!(NOVERB)";
  const verb = String.fromCodePoint(scan.format.codePointAt(scan.at) ?? 0).toWellFormed();
  scan.at += verb.length;
  if (verb === "%") return "%";
  if (!scan.goodIndex) return `%!${verb}(BADINDEX)`;
  if (scan.operand >= scan.values.length) return `%!${verb}(MISSING)`;
  const { sharp = false, plus = false } = flags;
  const isValue = verb === "v" || verb === "w";
  const ownFlags = isValue ? { ...flags, sharp: false, plus: false, sharpV: sharp, plusV: plus } : flags;
  return printArgument(ownFlags, scan.values[scan.operand++], verb);
}

function readFlags(scan: Scan): Flags {
  const start = scan.at;
  while ("#0+- ".includes(scan.format[scan.at] ?? "end")) scan.at++;
  const found = scan.format.slice(start, scan.at);
  const has = (flag: string) => found.includes(flag);
  return { sharp: has("#"), zero: has("0"), plus: has("+"), minus: has("-"), space: has(" ") };
}

function readWidth(scan: Scan, flags: Flags): Flags {
  readIndex(scan);
  if (scan.format[scan.at] !== "*") {
    const width = readNumber(scan);
    if (scan.afterIndex && width !== undefined) scan.goodIndex = false;
    return { ...flags, width };
  }
  const width = takeInteger(scan);
  if (width === undefined) scan.out.push("%!(BADWIDTH)");
  if (width === undefined || width >= 0) return { ...flags, width };
  return { ...flags, width: -width, minus: true, zero: false };
}

function readPrecision(scan: Scan): number | undefined {
  if (scan.format[scan.at] !== "." || scan.at + 1 >= scan.format.length) return undefined;
  scan.at++;
  if (scan.afterIndex) scan.goodIndex = false;
  readIndex(scan);
  if (scan.format[scan.at] !== "*") return readNumber(scan) ?? 0;
  const precision = takeInteger(scan);
  if (precision !== undefined && precision >= 0) return precision;
  scan.out.push("%!(BADPREC)");
  return undefined;
}

/** A decimal number; one that is absurd ends the format, as in Go. */
function readNumber(scan: Scan): number | undefined {
  const [digits = ""] = scan.format.slice(scan.at).match(/^\d+/) ?? [];
  const isAbsurd = Number(digits.slice(0, -1)) > maxNumber;
  scan.at = isAbsurd ? scan.format.length : scan.at + digits.length;
  return digits === "" || isAbsurd ? undefined : Number(digits);
}

/** A `*`: the next operand as a width or precision. */
function takeInteger(scan: Scan): number | undefined {
  scan.at++;
  scan.afterIndex = false;
  if (scan.operand >= scan.values.length) return undefined;
  const value = unbox(scan.values[scan.operand++]);
  if (value === undefined || !isWhole(typeOf(value))) return undefined;
  const whole = Number(dataOf(value));
  return Math.abs(whole) <= maxNumber ? whole : undefined;
}

/** `[n]`: the n-th operand comes next. */
function readIndex(scan: Scan): void {
  scan.afterIndex = false;
  if (scan.format[scan.at] !== "[") return;
  scan.reordered = true;
  const close = scan.at + 2 < scan.format.length ? scan.format.indexOf("]", scan.at) : -1;
  const inside = scan.format.slice(scan.at + 1, close);
  const operand = Number(inside) - 1;
  scan.at = close === -1 ? scan.at + 1 : close + 1;
  scan.afterIndex = close !== -1 && /^\d+$/.test(inside);
  if (scan.afterIndex && operand >= 0 && operand < scan.values.length) scan.operand = operand;
  else scan.goodIndex = false;
}

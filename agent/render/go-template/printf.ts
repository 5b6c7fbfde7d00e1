/** fmt.Sprint, Sprintln and Sprintf. */

import { printArgument } from "./print-value.ts";
import { clearFlags, createPrinter, type Printer, printed } from "./printer.ts";
import { GoInteger, type GoValue, typeOf } from "./values.ts";

/** The largest width or precision that fmt takes from an operand. */
const maxNumber = 1e6;

/** Operands side by side, a space between two of which neither is a string. */
export function sprint(values: readonly GoValue[]): string {
  if (values.length === 1 && typeof values[0] === "string") return values[0];
  const printer = createPrinter();
  for (const [index, value] of values.entries()) {
    if (index > 0 && typeof value !== "string" && typeof values[index - 1] !== "string") printer.out += " ";
    printArgument(printer, value, "v");
  }
  return printed(printer);
}

/** Operands with a space between any two, and a newline. */
export function sprintln(values: readonly GoValue[]): string {
  const printer = createPrinter();
  for (const [index, value] of values.entries()) {
    if (index > 0) printer.out += " ";
    printArgument(printer, value, "v");
  }
  return `${printed(printer)}\n`;
}

interface Scan {
  readonly format: string;
  readonly values: readonly GoValue[];
  readonly printer: Printer;
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
  const printer = createPrinter();
  const scan: Scan = {
    ...{ format, values, printer, at: 0, operand: 0 },
    ...{ reordered: false, goodIndex: true, afterIndex: false },
  };
  for (;;) {
    const percent = format.indexOf("%", scan.at);
    printer.out += format.slice(scan.at, percent === -1 ? undefined : percent);
    if (percent === -1) break;
    scan.at = percent + 1;
    formatVerb(scan);
  }
  if (!scan.reordered && scan.operand < values.length) printExtra(scan);
  return printed(printer);
}

function formatVerb(scan: Scan): void {
  scan.goodIndex = true;
  scan.afterIndex = false;
  readFlags(scan);
  readWidth(scan);
  readPrecision(scan);
  if (!scan.afterIndex) readIndex(scan);
  const { printer, format, values } = scan;
  if (scan.at >= format.length) {
    printer.out += "%!(NOVERB)";
    return;
  }
  const verb = String.fromCodePoint(format.codePointAt(scan.at) ?? 0).toWellFormed();
  scan.at += verb.length;
  if (verb === "%") printer.out += "%";
  else if (!scan.goodIndex) printer.out += `%!${verb}(BADINDEX)`;
  else if (scan.operand >= values.length) printer.out += `%!${verb}(MISSING)`;
  else printOperand(scan, verb);
}

function printOperand(scan: Scan, verb: string): void {
  const { printer, values } = scan;
  if (verb === "v" || verb === "w") {
    printer.sharpV = printer.sharp;
    printer.plusV = printer.plus;
    printer.sharp = false;
    printer.plus = false;
  }
  printArgument(printer, values[scan.operand++], verb);
}

function readFlags(scan: Scan): void {
  const { printer, format } = scan;
  clearFlags(printer);
  for (; ; scan.at++) {
    const flag = format[scan.at];
    if (flag === "#") printer.sharp = true;
    else if (flag === "0") printer.zero = true;
    else if (flag === "+") printer.plus = true;
    else if (flag === "-") printer.minus = true;
    else if (flag === " ") printer.space = true;
    else return;
  }
}

function readWidth(scan: Scan): void {
  const { printer } = scan;
  readIndex(scan);
  if (scan.format[scan.at] !== "*") {
    printer.width = readNumber(scan);
    if (scan.afterIndex && printer.width !== undefined) scan.goodIndex = false;
    return;
  }
  scan.at++;
  const width = takeInteger(scan);
  if (width === undefined) printer.out += "%!(BADWIDTH)";
  if (width !== undefined && width < 0) {
    printer.minus = true;
    printer.zero = false;
  }
  printer.width = width === undefined ? undefined : Math.abs(width);
  scan.afterIndex = false;
}

function readPrecision(scan: Scan): void {
  const { printer, format } = scan;
  if (format[scan.at] !== "." || scan.at + 1 >= format.length) return;
  scan.at++;
  if (scan.afterIndex) scan.goodIndex = false;
  readIndex(scan);
  if (format[scan.at] !== "*") {
    printer.precision = readNumber(scan) ?? 0;
    return;
  }
  scan.at++;
  const precision = takeInteger(scan);
  printer.precision = precision !== undefined && precision >= 0 ? precision : undefined;
  if (printer.precision === undefined) printer.out += "%!(BADPREC)";
  scan.afterIndex = false;
}

/** A decimal number; one that is absurd ends the format, as in Go. */
function readNumber(scan: Scan): number | undefined {
  let number: number | undefined;
  for (; /^[0-9]$/.test(scan.format.charAt(scan.at)); scan.at++) {
    if (number !== undefined && number > maxNumber) {
      scan.at = scan.format.length;
      return undefined;
    }
    number = (number ?? 0) * 10 + Number(scan.format[scan.at]);
  }
  return number;
}

/** The next operand as a width or precision. */
function takeInteger(scan: Scan): number | undefined {
  if (scan.operand >= scan.values.length) return undefined;
  const value = scan.values[scan.operand++];
  const integer = value instanceof GoInteger ? value.value : value;
  const isWhole = typeof integer === "number" || typeof integer === "bigint";
  return isWhole && Math.abs(Number(integer)) <= maxNumber ? Number(integer) : undefined;
}

/** `[n]`: the n-th operand comes next. */
function readIndex(scan: Scan): void {
  scan.afterIndex = false;
  if (scan.format[scan.at] !== "[") return;
  scan.reordered = true;
  const close = scan.at + 2 < scan.format.length ? scan.format.indexOf("]", scan.at) : -1;
  const inside = scan.format.slice(scan.at + 1, close);
  const isReadable = close !== -1 && /^\d+$/.test(inside);
  const operand = Number(inside) - 1;
  scan.at = close === -1 ? scan.at + 1 : close + 1;
  scan.afterIndex = isReadable;
  if (isReadable && operand >= 0 && operand < scan.values.length) scan.operand = operand;
  else scan.goodIndex = false;
}

/** `%!(EXTRA type=value, …)` */
function printExtra({ printer, values, operand }: Scan): void {
  clearFlags(printer);
  printer.out += "%!(EXTRA ";
  for (const [index, value] of values.slice(operand).entries()) {
    if (index > 0) printer.out += ", ";
    if (value !== undefined && value !== null) printer.out += `${typeOf(value).name}=`;
    printArgument(printer, value, "v");
  }
  printer.out += ")";
}

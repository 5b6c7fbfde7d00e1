/** Prints any value for any verb, as fmt's printArg and printValue do. */

import { type Printer, pad, printComplex, printFloat, printHex, printInteger, printString } from "./printer.ts";
import {
  GoComplex,
  GoFloat,
  GoFunc,
  GoInteger,
  GoMap,
  GoPointer,
  GoSlice,
  GoStruct,
  type GoValue,
  typeOf,
} from "./values.ts";

/** Where addresses would be: ours have none worth printing, and the same text must come out each time. */
const noAddress = "0xc000000000";

/** Prints an argument of a format's verb. */
export function printArgument(printer: Printer, value: GoValue, verb: string): void {
  if (value === undefined || value === null) {
    if (verb === "v" || verb === "T") pad(printer, "<nil>");
    else printer.out += `%!${verb}(<nil>)`;
  } else if (verb === "T") printString(printer, typeOf(value).name, "s");
  else if (verb === "p") printPointerVerb(printer, value);
  else printValue(printer, { value, verb, depth: 0 });
}

interface Printing {
  readonly value: GoValue;
  readonly verb: string;
  /** 0 for the argument itself, more inside of it. */
  readonly depth: number;
}

function printValue(printer: Printer, { value, verb, depth }: Printing): void {
  if (value === undefined || value === null) printer.out += printer.sharpV ? "interface {}(nil)" : "<nil>";
  else if (!printPlain(printer, value, verb) && !printComposite(printer, { value, verb, depth }))
    reportBadVerb(printer, value, verb);
}

/** `%!d(string=x)` */
function reportBadVerb(printer: Printer, value: Exclude<GoValue, undefined>, verb: string): void {
  printer.reporting = true;
  printer.out += `%!${verb}(${typeOf(value).name}=`;
  printValue(printer, { value, verb: "v", depth: 0 });
  printer.out += ")";
  printer.reporting = false;
}

/** Prints what is no container; false if the value is one, or the verb is wrong for it. */
function printPlain(printer: Printer, value: GoValue, verb: string): boolean {
  switch (typeof value) {
    case "string":
      return printString(printer, value, verb);
    case "number":
    case "bigint":
      return printInteger(printer, value, verb);
    case "boolean":
      if (verb !== "t" && verb !== "v") return false;
      pad(printer, String(value));
      return true;
  }
  if (printByMethod(printer, value, verb)) return true;
  if (value instanceof GoInteger) return printTypedInteger(printer, value, verb);
  if (value instanceof GoFloat) return printFloat(printer, value.value, verb);
  return value instanceof GoComplex && printComplex(printer, value, verb);
}

/** A type with a `String` method prints by it for the verbs of text. */
function printByMethod(printer: Printer, value: GoValue, verb: string): boolean {
  if (!(value instanceof GoStruct || value instanceof GoInteger) || printer.reporting || printer.sharpV) return false;
  const method = /^[vsxXq]$/.test(verb) ? value.type.methods?.get("String") : undefined;
  return method !== undefined && printString(printer, String(method.fn(value)), verb);
}

function printTypedInteger(printer: Printer, { type, value }: GoInteger, verb: string): boolean {
  if (verb !== "v" || !printer.sharpV || type.kind !== "uint") return printInteger(printer, value, verb);
  printHex(printer, value);
  return true;
}

function printComposite(printer: Printer, { value, verb, depth }: Printing): boolean {
  if (verb === "w") return false;
  if (value instanceof GoMap) printMap(printer, { value, verb, depth });
  else if (value instanceof GoSlice) printSlice(printer, { value, verb, depth });
  else if (value instanceof GoStruct) printStruct(printer, { value, verb, depth });
  else if (value instanceof GoPointer && isComposite(value.target) && depth === 0) {
    printer.out += "&";
    printValue(printer, { value: value.target, verb, depth: depth + 1 });
  } else return printAddress(printer, value, verb);
  return true;
}

function isComposite(value: GoValue): boolean {
  return value instanceof GoMap || value instanceof GoSlice || value instanceof GoStruct;
}

function printMap(printer: Printer, { value, verb, depth }: Printing & { readonly value: GoMap }): void {
  if (!openContainer(printer, value, "map[")) return;
  for (const [index, key] of value.keys.entries()) {
    printSeparator(printer, index);
    printValue(printer, { value: key, verb, depth: depth + 1 });
    printer.out += ":";
    printValue(printer, { value: value.entries.get(key), verb, depth: depth + 1 });
  }
  printer.out += printer.sharpV ? "}" : "]";
}

function printSlice(printer: Printer, { value, verb, depth }: Printing & { readonly value: GoSlice }): void {
  if (!openContainer(printer, value, "[")) return;
  for (const [index, item] of value.items.entries()) {
    printSeparator(printer, index);
    printValue(printer, { value: item, verb, depth: depth + 1 });
  }
  printer.out += printer.sharpV ? "}" : "]";
}

/** False if that was all: `%#v` shows a nil as such. */
function openContainer(printer: Printer, { type, isNil }: GoMap | GoSlice, bracket: string): boolean {
  printer.out += printer.sharpV ? `${type.name}${isNil ? "(nil)" : "{"}` : bracket;
  return !(printer.sharpV && isNil);
}

function printStruct(printer: Printer, { value, verb, depth }: Printing & { readonly value: GoStruct }): void {
  printer.out += printer.sharpV ? `${value.type.name}{` : "{";
  for (const [name, { index }] of value.type.fields ?? []) {
    printSeparator(printer, index);
    if (printer.plusV || printer.sharpV) printer.out += `${name}:`;
    printValue(printer, { value: value.values[index], verb, depth: depth + 1 });
  }
  printer.out += "}";
}

function printSeparator(printer: Printer, index: number): void {
  if (index > 0) printer.out += printer.sharpV ? ", " : " ";
}

/** A nil pointer, a pointer below the top, a function. */
function printAddress(printer: Printer, value: GoValue, verb: string): boolean {
  if (!(value instanceof GoPointer || value instanceof GoFunc) || !/^[vbodxX]$/.test(verb)) return false;
  const isNil = value instanceof GoPointer && value.target === undefined;
  if (verb !== "v") return printInteger(printer, isNil ? 0 : BigInt(noAddress), verb);
  if (printer.sharpV) printer.out += `(${typeOf(value).name})(${isNil ? "nil" : noAddress})`;
  else if (isNil) pad(printer, "<nil>");
  else printer.out += noAddress;
  return true;
}

function printPointerVerb(printer: Printer, value: Exclude<GoValue, undefined>): void {
  const hasAddress = /^(?:pointer|map|slice|func)$/.test(typeOf(value).kind);
  if (hasAddress) printer.out += noAddress;
  else reportBadVerb(printer, value, "p");
}

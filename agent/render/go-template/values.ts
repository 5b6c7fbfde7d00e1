/**
 * Go values are views of plain data: a type, and the JavaScript data under it, which nobody copies. What is inside of a
 * slice, a map or a struct becomes a value when somebody looks at it.
 */

import { byteLength, sortStrings } from "../go-text/bytes.ts";
import type { GoFunction, GoType } from "./types.ts";
import * as types from "./types.ts";

/**
 * Strings, booleans and whole numbers of type `int` are JavaScript's own (a bigint where a number is not exact), all
 * else is typed. `undefined` is no value at all: a missing map key, or what was inside of a nil interface.
 */
export type GoValue = undefined | string | boolean | number | bigint | Typed;

/** Data with a type. A nil slice, map, pointer, function or interface has no data. */
export class Typed {
  readonly type: GoType;
  readonly data: unknown;
  /** A slice's elements up to its capacity, if those are more than its data. */
  readonly capacity: readonly unknown[] | undefined;
  constructor(type: GoType, data: unknown, capacity?: readonly unknown[]) {
    this.type = type;
    this.data = data;
    this.capacity = capacity;
  }
}

/** The data of a complex128. */
export interface Complex {
  readonly real: number;
  readonly imaginary: number;
}

const anySlice = types.sliceOf(types.anyType);
const anyMap = types.mapOf(types.stringType, types.anyType);

export const maxInt = 2n ** 63n - 1n;
export const minInt = -(2n ** 63n);
export const maxUint = 2n ** 64n - 1n;

/** The type of a value that is one. */
export function typeOf(value: Exclude<GoValue, undefined>): GoType {
  if (value instanceof Typed) return value.type;
  if (typeof value === "string") return types.stringType;
  return typeof value === "boolean" ? types.boolType : types.intType;
}

/** The plain data under a value. */
export function dataOf(value: GoValue): unknown {
  return value instanceof Typed ? value.data : value;
}

/** A whole number, exact in its shortest form. */
export function exact(value: bigint): number | bigint {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** A whole number as one of the type, cut to its bits as Go's conversion does. */
export function wholeOf(type: GoType, value: bigint | number): GoValue {
  const bits = type.bits ?? 64;
  const cut = type.kind === "uint" ? BigInt.asUintN(bits, BigInt(value)) : BigInt.asIntN(bits, BigInt(value));
  return type.name === "int" ? exact(cut) : new Typed(type, exact(cut));
}

/**
 * Data as a value of the type; without data, the type's zero value, as Go's JSON decoder leaves it. Data that have a
 * type already keep it. An element of type `interface {}` stays in its interface: Go's errors tell the difference.
 */
export function typed(type: GoType, data: unknown): GoValue {
  if (type.kind === "interface") return new Typed(type, plain(data));
  if (data instanceof Typed) return data;
  switch (type.kind) {
    case "string":
      return typeof data === "string" ? data : "";
    case "bool":
      return data === true;
    case "int":
    case "uint":
      return type.name === "int" && typeof data === "number" ? data : wholeOf(type, (data ?? 0) as number);
    case "float":
      return new Typed(type, data ?? 0);
    case "complex":
      return new Typed(type, data ?? { real: 0, imaginary: 0 });
    default:
      return new Typed(type, data ?? undefined);
  }
}

/** Untyped data: whole numbers are ints, other numbers float64, arrays `[]any`, objects `map[string]any`, null nil. */
export function plain(data: unknown): GoValue {
  switch (typeof data) {
    case "string":
    case "boolean":
      return data;
    case "number":
      if (Number.isSafeInteger(data)) return data + 0;
      return Number.isInteger(data) ? plain(BigInt(data)) : new Typed(types.floatType, data);
    case "bigint":
      if (data >= minInt && data <= maxInt) return exact(data);
      return new Typed(types.floatType, Number(data));
    case "object":
      if (data === null) return undefined;
      if (data instanceof Typed) return unbox(data);
      return new Typed(Array.isArray(data) ? anySlice : anyMap, data);
  }
  return undefined;
}

/** A value as a function gets it: as plain data if its type is known from the parameter or from the data. */
export function toPlain(value: GoValue, param: GoType): unknown {
  if (!(value instanceof Typed)) return value;
  const { type, data } = value;
  const isKnown = type === anySlice || type === anyMap || (type === types.floatType && !Number.isInteger(data));
  return isKnown || param.kind !== "interface" ? data : value;
}

/** A function as a value: `{{call .Fn 1}}`. */
export function functionValue(definition: GoFunction): Typed {
  return new Typed(types.funcOf(definition), definition);
}

/** What is inside of an interface; any other value itself. */
export function unbox(value: GoValue): GoValue {
  return value instanceof Typed && value.type.kind === "interface" ? (value.data as GoValue) : value;
}

/** What a pointer or interface leads to, however many there are; a nil one stays. */
export function indirect(value: GoValue): GoValue {
  let found = unbox(value);
  while (found instanceof Typed && found.type.kind === "pointer" && found.data !== undefined)
    found = unbox(typed(found.type.elem ?? types.anyType, found.data));
  return found;
}

/** Whether a value that can be nil is. */
export function isNil(value: GoValue): boolean {
  return value === undefined || (value instanceof Typed && value.data === undefined && types.canBeNil(value.type));
}

/** Whether `if` takes the value for true. Structs always are. */
export function isTrue(value: GoValue): boolean {
  const inside = unbox(value);
  if (!(inside instanceof Typed)) return Boolean(inside);
  const { type, data } = inside;
  switch (type.kind) {
    case "slice":
    case "map":
      return lengthOf(inside) !== 0;
    case "int":
    case "uint":
    case "float":
      return data !== 0;
    case "complex":
      return (data as Complex).real !== 0 || (data as Complex).imaginary !== 0;
    default:
      return type.kind === "struct" || data !== undefined;
  }
}

/** The elements of a slice. */
export function itemsOf({ data }: Typed): readonly unknown[] {
  return (data ?? []) as readonly unknown[];
}

/** The type of what is inside of a slice or map. */
export function elementType({ type }: Typed): GoType {
  return type.elem ?? types.anyType;
}

export type MapKey = string | number | boolean;

/** The keys of a map in the order in which Go ranges over and prints them. */
export function keysOf({ data, type }: Typed): readonly MapKey[] {
  const keys = data instanceof Map ? ([...data.keys()] as readonly MapKey[]) : Object.keys(data ?? {});
  if (type.key?.kind === "string") return sortStrings(keys as readonly string[]);
  return keys.toSorted((left, right) => Number(left) - Number(right));
}

/** The value of a map's key; undefined if there is none. */
export function entryOf(map: Typed, key: MapKey): GoValue {
  const { data } = map;
  if (data instanceof Map) return data.has(key) ? typed(elementType(map), data.get(key)) : undefined;
  const record = (data ?? {}) as Readonly<Record<string, unknown>>;
  return Object.hasOwn(record, String(key)) ? typed(elementType(map), record[String(key)]) : undefined;
}

/** A field of a struct. */
export function fieldOf({ data }: Typed, name: string, type: GoType): GoValue {
  return typed(type, (data as Readonly<Record<string, unknown>> | undefined)?.[name]);
}

/** What `len` says; undefined for what has no length. */
export function lengthOf(value: GoValue): number | undefined {
  if (typeof value === "string") return byteLength(value);
  if (!(value instanceof Typed)) return undefined;
  if (value.type.kind === "slice") return itemsOf(value).length;
  if (value.type.kind !== "map") return undefined;
  return value.data instanceof Map ? value.data.size : Object.keys(value.data ?? {}).length;
}

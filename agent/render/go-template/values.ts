/**
 * Go values. The plain ones are JavaScript's: strings, booleans, and whole numbers, which are Go's `int` (a bigint where
 * a number is not exact). `null` is the nil of an interface, `undefined` no value at all (a missing map key).
 */

import { compareStrings } from "./bytes.ts";
import {
  anyType,
  boolType,
  type Callable,
  complexType,
  floatType,
  funcOf,
  type GoType,
  intType,
  mapOf,
  sliceOf,
  stringType,
} from "./types.ts";

type Plain = undefined | null | string | boolean | number | bigint;
export type GoValue = Plain | GoFloat | GoComplex | GoInteger | GoSlice | GoMap | GoStruct | GoPointer | GoFunc;

/** A function that templates can call. */
export interface GoFunction extends Callable {
  // biome-ignore lint/suspicious/noExplicitAny: the engine checks the arguments against `params` before the call.
  readonly fn: (...args: readonly any[]) => GoValue;
}

/** A float64. */
export class GoFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A complex128. */
export class GoComplex {
  readonly real: number;
  readonly imaginary: number;
  constructor(real: number, imaginary: number) {
    this.real = real;
    this.imaginary = imaginary;
  }
}

/** A whole number of any type but `int`: `uint8`, `time.Month`. */
export class GoInteger {
  readonly type: GoType;
  readonly value: bigint;
  constructor(type: GoType, value: bigint) {
    this.type = type;
    this.value = value;
  }
}

export class GoSlice {
  readonly type: GoType;
  readonly items: readonly GoValue[];
  /** What lies behind the items within the capacity: `slice` can reach it. */
  readonly beyond: readonly GoValue[];
  readonly isNil: boolean;
  constructor(type: GoType, items: readonly GoValue[] | undefined, beyond: readonly GoValue[] = []) {
    this.type = type;
    this.items = items ?? [];
    this.beyond = beyond;
    this.isNil = items === undefined;
  }
}

export type MapKey = string | number | boolean;

export class GoMap {
  readonly type: GoType;
  readonly entries: ReadonlyMap<MapKey, GoValue>;
  readonly isNil: boolean;
  #sorted: readonly MapKey[] | undefined;
  constructor(type: GoType, entries: ReadonlyMap<MapKey, GoValue> | undefined) {
    this.type = type;
    this.entries = entries ?? new Map();
    this.isNil = entries === undefined;
  }

  /** The keys in the order in which Go ranges over and prints them. */
  get keys(): readonly MapKey[] {
    this.#sorted ??= [...this.entries.keys()].sort(compareKeys);
    return this.#sorted;
  }
}

function compareKeys(left: MapKey, right: MapKey): number {
  if (typeof left === "string" && typeof right === "string") return compareStrings(left, right);
  return Number(left) - Number(right);
}

export class GoStruct {
  readonly type: GoType;
  /** In the order of the type's fields. */
  readonly values: readonly GoValue[];
  constructor(type: GoType, values: readonly GoValue[]) {
    this.type = type;
    this.values = values;
  }
}

export class GoPointer {
  readonly type: GoType;
  readonly target: GoValue;
  /** A nil pointer has no target. */
  constructor(type: GoType, target?: GoValue) {
    this.type = type;
    this.target = target;
  }
}

/** A function as a value: `{{call .Fn 1}}`. */
export class GoFunc {
  readonly type: GoType;
  readonly function: GoFunction;
  constructor(definition: GoFunction) {
    this.type = funcOf(definition);
    this.function = definition;
  }
}

const anySlice = sliceOf(anyType);
const anyMap = mapOf(stringType, anyType);

/** The type of a value that is one. */
export function typeOf(value: Exclude<GoValue, undefined>): GoType {
  switch (typeof value) {
    case "string":
      return stringType;
    case "boolean":
      return boolType;
    case "number":
    case "bigint":
      return intType;
    default:
      if (value === null) return anyType;
      if (value instanceof GoFloat) return floatType;
      return value instanceof GoComplex ? complexType : value.type;
  }
}

/** A whole number as a Go `int`. */
export function intOf(value: bigint): number | bigint {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** A whole number as one of the type, cut to its bits as Go's conversion does. */
export function wholeOf(type: GoType, value: bigint): GoValue {
  const bits = type.bits ?? 64;
  const cut = type.kind === "uint" ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value);
  return type.name === "int" ? intOf(cut) : new GoInteger(type, cut);
}

/** Whether `if` takes the value for true. Structs always are. */
export function isTrue(value: GoValue): boolean {
  if (typeof value !== "object" || value === null) return Boolean(value);
  if (value instanceof GoMap) return value.entries.size > 0;
  if (value instanceof GoSlice) return value.items.length > 0;
  if (value instanceof GoFloat) return value.value !== 0;
  if (value instanceof GoInteger) return value.value !== 0n;
  if (value instanceof GoComplex) return value.real !== 0 || value.imaginary !== 0;
  return !(value instanceof GoPointer) || value.target !== undefined;
}

/** What a pointer points to, however many there are; a nil pointer stays. */
export function indirect(value: GoValue): GoValue {
  let found = value;
  while (found instanceof GoPointer && found.target !== undefined) found = found.target;
  return found;
}

/** Whether a value that can be nil is. */
export function isNil(value: GoValue): boolean {
  if (value === undefined || value === null) return true;
  if (value instanceof GoMap || value instanceof GoSlice) return value.isNil;
  return value instanceof GoPointer && value.target === undefined;
}

/** The zero value of a type, as a missing map key or an absent field gives it. */
export function zeroOf(type: GoType): GoValue {
  switch (type.kind) {
    case "bool":
      return false;
    case "string":
      return "";
    case "int":
    case "uint":
      return wholeOf(type, 0n);
    case "float":
      return new GoFloat(0);
    case "complex":
      return new GoComplex(0, 0);
    case "slice":
      return new GoSlice(type, undefined);
    case "map":
      return new GoMap(type, undefined);
    case "struct":
      return new GoStruct(
        type,
        [...(type.fields?.values() ?? [])].map((field) => zeroOf(field.type)),
      );
    case "pointer":
      return new GoPointer(type);
    default:
      return null;
  }
}

/**
 * Plain data as a Go value of the given type: objects (or Maps) become structs and maps, arrays slices, numbers the
 * numeric type. What is absent is the zero value, as with Go's JSON decoder. Without a type: `toGo(anyType, data)`.
 */
export function toGo(type: GoType, data: unknown): GoValue {
  if (type.kind === "interface") return plainToGo(data);
  if (data === undefined || data === null) return zeroOf(type);
  if (data instanceof GoFloat || data instanceof GoStruct || data instanceof GoInteger) return data;
  switch (type.kind) {
    case "int":
    case "uint":
      return type.name === "int" ? (data as number) : wholeOf(type, BigInt(data as number));
    case "float":
      return new GoFloat(data as number);
    case "slice":
      return sliceToGo(type, data as readonly unknown[]);
    case "map":
      return mapToGo(type, data as object);
    case "struct":
      return structToGo(type, data as Readonly<Record<string, unknown>>);
    case "pointer":
      return new GoPointer(type, toGo(type.elem ?? anyType, data));
    default:
      return data as GoValue;
  }
}

function sliceToGo(type: GoType, data: readonly unknown[]): GoSlice {
  const elem = type.elem ?? anyType;
  return new GoSlice(
    type,
    data.map((item) => toGo(elem, item)),
  );
}

function mapToGo(type: GoType, data: object): GoMap {
  const elem = type.elem ?? anyType;
  const entries: Iterable<readonly [MapKey, unknown]> = data instanceof Map ? data : Object.entries(data);
  const made = new Map<MapKey, GoValue>();
  for (const [key, value] of entries) made.set(key, toGo(elem, value));
  return new GoMap(type, made);
}

function structToGo(type: GoType, data: Readonly<Record<string, unknown>>): GoStruct {
  const values: GoValue[] = [];
  for (const [name, field] of type.fields ?? []) values.push(toGo(field.type, data[name]));
  return new GoStruct(type, values);
}

/** Untyped data: whole numbers are ints, other numbers float64, objects `map[string]any`, arrays `[]any`. */
function plainToGo(data: unknown): GoValue {
  if (data === undefined || data === null) return null;
  if (typeof data === "number") return Number.isSafeInteger(data) ? data : new GoFloat(data);
  if (typeof data !== "object") return data as GoValue;
  if (Array.isArray(data)) return sliceToGo(anySlice, data);
  return isGoObject(data) ? data : mapToGo(anyMap, data);
}

const classes = [GoFloat, GoComplex, GoInteger, GoSlice, GoMap, GoStruct, GoPointer, GoFunc];

function isGoObject(data: object): data is Extract<GoValue, object> {
  return classes.some((one) => data instanceof one);
}

/**
 * An element of a container of interfaces, as `{{range}}` hands it out: Go names the type `interface {}`, not that of
 * what is inside, when such a value has no field of some name.
 */
export class Boxed {
  readonly value: GoValue;
  constructor(value: GoValue) {
    this.value = value;
  }
}

export type Held = GoValue | Boxed;

export function unbox(held: Held): GoValue {
  return held instanceof Boxed ? held.value : held;
}

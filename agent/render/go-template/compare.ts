/** `eq ne lt le gt ge`: by kind, and an error where Go has one. */

import { compareStrings } from "./bytes.ts";
import { sprintf } from "./printf.ts";
import type { GoType, Kind } from "./types.ts";
import { GoComplex, GoFloat, GoInteger, GoPointer, GoStruct, type GoValue, isNil, typeOf } from "./values.ts";

const badType = "invalid type for comparison";

/** The kind by which values compare; undefined for containers and nil. */
function basicKind(value: GoValue): Kind | undefined {
  if (value === undefined || value === null) return undefined;
  const { kind } = typeOf(value);
  return /^(?:bool|u?int|float|complex|string)$/.test(kind) ? kind : undefined;
}

/** Whether the first equals any of the others. */
export function equal(first: GoValue, ...others: readonly GoValue[]): boolean {
  if (others.length === 0) throw new Error("missing argument for comparison");
  return others.some((other) => equalPair(first, other));
}

function equalPair(left: GoValue, right: GoValue): boolean {
  if (typeof left === "string" && typeof right === "string") return left === right;
  const kinds = [basicKind(left), basicKind(right)];
  if (kinds[0] !== kinds[1]) return equalKinds(left, right, kinds);
  return kinds[0] === undefined ? equalComposite(left, right) : scalar(left) === scalar(right);
}

/** The JavaScript value by which two of one kind compare. */
function scalar(value: GoValue): string | number | bigint | boolean | undefined {
  if (value instanceof GoFloat) return value.value;
  if (value instanceof GoInteger) {
    const small = Number(value.value);
    return Number.isSafeInteger(small) ? small : value.value;
  }
  // A NaN is never equal, and no text is ever "NaN" by chance: numbers go in as numbers.
  if (value instanceof GoComplex)
    return Number.isNaN(value.real + value.imaginary) ? Number.NaN : `${value.real + 0},${value.imaginary + 0}`;
  return typeof value === "object" ? undefined : value;
}

function equalKinds(left: GoValue, right: GoValue, kinds: readonly (Kind | undefined)[]): boolean {
  if (kinds.every((kind) => kind === "int" || kind === "uint")) return scalar(left) === scalar(right);
  if (left === undefined || left === null || right === undefined || right === null) return false;
  throw incompatible(left, right);
}

function incompatible(left: NonNullable<GoValue>, right: NonNullable<GoValue>): Error {
  return new Error(`incompatible types for comparison: ${typeOf(left).name} and ${typeOf(right).name}`);
}

/** Values that are no scalars: nil equals nil, structs and pointers compare, slices and maps do not. */
function equalComposite(left: GoValue, right: GoValue): boolean {
  const types = [left, right].map((value) => (value === undefined || value === null ? undefined : typeOf(value)));
  const [first, second] = types;
  if (first !== undefined && second !== undefined && first.kind !== second.kind)
    throw new Error(
      `non-comparable types ${sprintf("%s", [left])}: ${first.name}, ${second.name}: ${sprintf("%v", [right])}`,
    );
  if (isNil(left) || isNil(right)) return isNil(left) === isNil(right);
  if (second !== undefined && !isComparable(second))
    throw new Error(`non-comparable type ${sprintf("%s", [right])}: ${second.name}`);
  return same(left, right);
}

function isComparable(type: GoType): boolean {
  if (type.kind === "slice" || type.kind === "map" || type.kind === "func") return false;
  return ![...(type.fields?.values() ?? [])].some((field) => !isComparable(field.type));
}

/** Go's `==` on two interface values. */
function same(left: GoValue, right: GoValue): boolean {
  if (isNil(left) || isNil(right)) return isNil(left) && isNil(right);
  if (left === undefined || left === null || right === undefined || right === null) return false;
  if (typeOf(left).name !== typeOf(right).name) return false;
  if (left instanceof GoPointer && right instanceof GoPointer) return left.target === right.target;
  if (left instanceof GoStruct && right instanceof GoStruct)
    return left.values.every((value, index) => same(value, right.values[index]));
  if (!isComparable(typeOf(left))) throw new Error(`runtime error: comparing uncomparable type ${typeOf(left).name}`);
  return scalar(left) === scalar(right);
}

/** Go's `<`. */
export function less(left: GoValue, right: GoValue): boolean {
  const kinds = [basicKind(left), basicKind(right)];
  const [first, second] = kinds;
  if (first === undefined || second === undefined || left === null || right === null) throw new Error(badType);
  const areWhole = kinds.every((kind) => kind === "int" || kind === "uint");
  if (first !== second && !areWhole) throw incompatible(left as NonNullable<GoValue>, right as NonNullable<GoValue>);
  if (first === "bool" || first === "complex") throw new Error(badType);
  if (typeof left === "string" && typeof right === "string") return compareStrings(left, right) < 0;
  return (scalar(left) ?? 0) < (scalar(right) ?? 0);
}

/** Go's `<=`: less, or equal. */
export function lessOrEqual(left: GoValue, right: GoValue): boolean {
  return less(left, right) || equal(left, right);
}

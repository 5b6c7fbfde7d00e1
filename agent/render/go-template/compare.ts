/** `eq ne lt le gt ge`: by kind, and an error where Go has one. Interfaces have been looked into. */

import { compareStrings } from "../go-text/bytes.ts";
import { sprintf } from "./printf.ts";
import { type GoType, isWhole, type Kind } from "./types.ts";
import { type Complex, dataOf, fieldOf, type GoValue, isNil, Typed, typeOf, unbox } from "./values.ts";

const badType = "invalid type for comparison";

/** The kind by which values compare; undefined for containers and nil. */
function basicKind(value: GoValue): Kind | undefined {
  const kind = value === undefined ? undefined : typeOf(value).kind;
  return kind !== undefined && /^(?:bool|u?int|float|complex|string)$/.test(kind) ? kind : undefined;
}

/** Whether the first equals any of the others. */
export function equal(first: GoValue, ...others: readonly GoValue[]): boolean {
  if (others.length === 0) throw new Error("missing argument for comparison");
  return others.some((other) => equalPair(first, other));
}

function equalPair(left: GoValue, right: GoValue): boolean {
  if (typeof left === "string" && typeof right === "string") return left === right;
  const kind = basicKind(left);
  if (kind === basicKind(right)) return kind === undefined ? equalComposite(left, right) : equalScalars(left, right);
  if (left === undefined || right === undefined) return false;
  if (!isWhole(typeOf(left)) || !isWhole(typeOf(right))) throw new Error("incompatible types for comparison");
  return equalScalars(left, right);
}

function equalScalars(left: GoValue, right: GoValue): boolean {
  const [one, other] = [dataOf(left), dataOf(right)];
  if (typeof one !== "object") return one === other;
  const [a, b] = [one as Complex, other as Complex];
  return a.real === b.real && a.imaginary === b.imaginary;
}

/** Values that are no scalars: nil equals nil, structs and pointers compare, slices and maps do not. */
function equalComposite(left: GoValue, right: GoValue): boolean {
  const [first, second] = [left, right].map((value) => (value === undefined ? undefined : typeOf(value)));
  if (first !== undefined && second !== undefined && first.kind !== second.kind) {
    const text = sprintf("%s", [left]);
    throw new Error(`non-comparable types ${text}: ${first.name}, ${second.name}: ${sprintf("%v", [right])}`);
  }
  if (isNil(left) || isNil(right)) return isNil(left) === isNil(right);
  if (second !== undefined && !isComparable(second))
    throw new Error(`non-comparable type ${sprintf("%s", [right])}: ${second.name}`);
  return same(left, right);
}

function isComparable(type: GoType): boolean {
  if (type.kind === "slice" || type.kind === "map" || type.kind === "func") return false;
  return [...(type.fields?.values() ?? [])].every(isComparable);
}

/** Go's `==` on two interface values. */
function same(left: GoValue, right: GoValue): boolean {
  if (left === undefined || right === undefined) return left === right;
  const type = typeOf(left);
  if (type.name !== typeOf(right).name) return false;
  if (!isComparable(type)) throw new Error(`runtime error: comparing uncomparable type ${type.name}`);
  if (type.kind === "pointer") return dataOf(left) === dataOf(right);
  if (!(left instanceof Typed && right instanceof Typed && type.fields)) return equalScalars(left, right);
  return [...type.fields].every(([name, field]) =>
    same(unbox(fieldOf(left, name, field)), unbox(fieldOf(right, name, field))),
  );
}

/** Go's `<`. */
export function less(left: GoValue, right: GoValue): boolean {
  const kind = basicKind(left);
  const other = basicKind(right);
  if (left === undefined || right === undefined || !kind || !other) throw new Error(badType);
  const areWhole = isWhole(typeOf(left)) && isWhole(typeOf(right));
  if (kind !== other && !areWhole) throw new Error("incompatible types for comparison");
  if (kind === "bool" || kind === "complex") throw new Error(badType);
  if (typeof left === "string" && typeof right === "string") return compareStrings(left, right) < 0;
  return (dataOf(left) as number | bigint) < (dataOf(right) as number | bigint);
}

/** Go's `<=`: less, or equal. */
export function lessOrEqual(left: GoValue, right: GoValue): boolean {
  return less(left, right) || equal(left, right);
}

/** The functions that every template has. `and`, `or` and `call` are finished in calls.ts. */

import { fromBytes, toBytes } from "../go-text/bytes.ts";
import { escapeHtml, escapeJs, escapeQuery } from "../go-text/escape.ts";
import { equal, less, lessOrEqual } from "./compare.ts";
import { sprint, sprintf, sprintln } from "./printf.ts";
import { anyType, canBeNil, type GoType, isAssignable, isWhole, stringType, typeNamed, valueType } from "./types.ts";
import * as values from "./values.ts";
import { dataOf, type GoValue, indirect, isTrue, type MapKey, Typed, typed, typeOf, unbox, wholeOf } from "./values.ts";

/** A function as the evaluator calls it. */
export interface Callee {
  readonly call: (...args: readonly GoValue[]) => GoValue;
  readonly params: readonly GoType[];
  readonly variadic: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: the evaluator checks the arguments against the parameters before the call.
type Call = (...args: readonly any[]) => GoValue;

/** A function of `count` values, interfaces looked into. */
function ofValues(count: number, call: Call): Callee {
  const unboxed: Call = (...args: readonly GoValue[]) => call(...args.map(unbox));
  return { call: unboxed, params: Array<GoType>(count).fill(valueType), variadic: false };
}

/** A function of at least `count` values. */
function ofMany(count: number, call: Call): Callee {
  return { ...ofValues(count + 1, call), variadic: true };
}

/** A function of operands, which are printed. */
function ofOperands(print: (operands: readonly GoValue[]) => string): Callee {
  return { call: (...operands) => print(operands), params: [anyType], variadic: true };
}

const escaping = (written: (text: string) => string) => ofOperands((operands) => written(textOf(operands)));

export const builtins: ReadonlyMap<string, Callee> = new Map(
  Object.entries({
    and: ofMany(1, (first) => first),
    or: ofMany(1, (first) => first),
    call: ofMany(1, (callee) => callee),
    not: ofValues(1, (operand) => !isTrue(operand)),
    len: { ...ofValues(1, lengthOf), call: lengthOf },
    index: ofMany(1, indexInto),
    slice: { ...ofMany(1, sliceOf), call: sliceOf },
    print: ofOperands(sprint),
    println: ofOperands(sprintln),
    printf: {
      call: (format, ...operands) => sprintf(format as string, operands),
      params: [stringType, anyType],
      variadic: true,
    },
    html: escaping(escapeHtml),
    js: escaping(escapeJs),
    urlquery: escaping(escapeQuery),
    eq: ofMany(1, equal),
    ne: ofValues(2, (left, right) => !equal(left, right)),
    lt: ofValues(2, less),
    le: ofValues(2, lessOrEqual),
    gt: ofValues(2, (left, right) => !lessOrEqual(left, right)),
    ge: ofValues(2, (left, right) => !less(left, right)),
  } satisfies Readonly<Record<string, Callee>>),
);

/** What the escaping functions escape. */
function textOf(operands: readonly GoValue[]): string {
  return sprint(operands.map((operand) => (unbox(operand) === undefined ? "<no value>" : indirect(operand))));
}

function lengthOf(item: GoValue): number {
  if (item === undefined) throw new Error("reflect: call of reflect.Value.Type on zero Value");
  const target = indirect(item);
  if (isNilPointer(target)) throw new Error("len of nil pointer");
  const length = values.lengthOf(target);
  if (length === undefined) throw new Error(`len of type ${typeName(target)}`);
  return length;
}

function isNilPointer(value: GoValue): boolean {
  return value === undefined || (value instanceof Typed && value.type.kind === "pointer");
}

function typeName(value: GoValue): string {
  return typeOf(value ?? new Typed(anyType, undefined)).name;
}

function indexInto(item: GoValue, ...indexes: readonly GoValue[]): GoValue {
  if (item === undefined) throw new Error("index of untyped nil");
  let found: GoValue = item;
  for (const index of indexes) {
    const target = indirect(found);
    if (isNilPointer(target)) throw new Error("index of nil pointer");
    found = elementAt(target, index);
  }
  return found;
}

function elementAt(target: GoValue, index: GoValue): GoValue {
  if (typeof target === "string") {
    const bytes = toBytes(target);
    const byte = bytes[position(index, bytes.length)];
    if (byte === undefined) throw new Error("reflect: string index out of range");
    return wholeOf(typeNamed("uint8"), byte);
  }
  const { kind } = typeOf(target ?? false);
  if (!(target instanceof Typed) || (kind !== "slice" && kind !== "map"))
    throw new Error(`can't index item of type ${typeName(target)}`);
  const elem = values.elementType(target);
  if (kind === "map") {
    const key = fit(index, target.type.key ?? stringType);
    return values.entryOf(target, dataOf(key) as MapKey) ?? typed(elem, undefined);
  }
  const items = values.itemsOf(target);
  const at = position(index, items.length);
  if (at === items.length) throw new Error("reflect: slice index out of range");
  return typed(elem, items[at]);
}

/** An index as a number of at most `limit`, which Go lets pass. */
function position(index: GoValue, limit: number): number {
  if (index === undefined) throw new Error("cannot index slice/array with nil");
  if (!isWhole(typeOf(index))) throw new Error(`cannot index slice/array with type ${typeName(index)}`);
  const whole = BigInt.asIntN(64, BigInt(dataOf(index) as number));
  if (whole < 0 || whole > limit) throw new Error(`index out of range: ${whole}`);
  return Number(whole);
}

/** Unlike `index`, Go's `slice` does not look into interfaces for its indexes. */
function sliceOf(held: GoValue, ...indexes: readonly GoValue[]): GoValue {
  const item = unbox(held);
  if (item === undefined) throw new Error("slice of untyped nil");
  if (indexes.length > 3) throw new Error(`too many slice indexes: ${indexes.length}`);
  if (typeof item === "string") {
    if (indexes.length === 3) throw new Error("cannot 3-index slice a string");
    const bytes = toBytes(item);
    const { low, high } = bounds(indexes, { length: bytes.length, capacity: bytes.length });
    return bytes.length === item.length ? item.slice(low, high) : fromBytes(bytes.subarray(low, high));
  }
  if (!(item instanceof Typed) || item.type.kind !== "slice")
    throw new Error(`can't slice item of type ${typeName(item)}`);
  const items = values.itemsOf(item);
  const all = item.capacity ?? items;
  const { low, high, end } = bounds(indexes, { length: items.length, capacity: all.length });
  return new Typed(item.type, all.slice(low, high), all.slice(low, end));
}

interface Extent {
  readonly length: number;
  readonly capacity: number;
}

function bounds(indexes: readonly GoValue[], { length, capacity }: Extent) {
  const [low = 0, high = length, end] = indexes.map((index) => position(index, capacity));
  if (low > high) throw new Error(`invalid slice index: ${low} > ${high}`);
  if (end !== undefined && high > end) throw new Error(`invalid slice index: ${high} > ${end}`);
  return { low, high, end };
}

/** The value as one of the type: whole numbers are converted to other whole numbers, nothing else is. */
export function fit(value: GoValue, type: GoType, what = ""): GoValue {
  if (value === undefined && canBeNil(type)) return typed(type, undefined);
  if (value === undefined) throw new Error(`${what}value is nil; should be of type ${type.name}`);
  const actual = typeOf(value);
  if (isAssignable(actual, type)) return value;
  if (isWhole(actual) && isWhole(type)) return wholeOf(type, dataOf(value) as number);
  throw new Error(`${what}value has type ${actual.name}; should be ${type.name}`);
}

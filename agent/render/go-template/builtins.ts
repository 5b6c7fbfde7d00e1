/** The functions that every template has. `and`, `or` and `call` are finished in evaluate.ts. */

import { byteLength, fromBytes, toBytes } from "./bytes.ts";
import { fit } from "./call.ts";
import { equal, less, lessOrEqual } from "./compare.ts";
import { escapeHtml, escapeJs, escapeQuery } from "./escape.ts";
import { sprint, sprintf, sprintln } from "./printf.ts";
import { anyType, stringType, uint8Type } from "./types.ts";
import {
  Boxed,
  type GoFunction,
  GoInteger,
  GoMap,
  GoPointer,
  GoSlice,
  type GoValue,
  type Held,
  indirect,
  isTrue,
  type MapKey,
  typeOf,
  unbox,
  zeroOf,
} from "./values.ts";

const value = "reflect.Value";
const any = "interface {}";

/** A function of at least `count` values, which it gets as they are. */
function ofValues(count: number, fn: GoFunction["fn"]): GoFunction {
  return { fn, params: Array<string>(count + 1).fill(value), variadic: true };
}

function ofPair(fn: GoFunction["fn"]): GoFunction {
  return { fn, params: [value, value] };
}

/** A function of operands, which are printed. */
function ofOperands(fn: GoFunction["fn"]): GoFunction {
  return { fn, params: [any], variadic: true };
}

export const builtins: Readonly<Record<string, GoFunction>> = {
  and: ofValues(1, (first) => first),
  or: ofValues(1, (first) => first),
  call: ofValues(1, (callee) => callee),
  not: { fn: (operand) => !isTrue(operand), params: [value] },
  len: { fn: lengthOf, params: [value] },
  index: ofValues(1, indexInto),
  slice: ofValues(1, sliceOf),
  print: ofOperands((...operands) => sprint(operands)),
  println: ofOperands((...operands) => sprintln(operands)),
  printf: { fn: (format, ...operands) => sprintf(format, operands), params: ["string", any], variadic: true },
  html: ofOperands((...operands) => escapeHtml(textOf(operands))),
  js: ofOperands((...operands) => escapeJs(textOf(operands))),
  urlquery: ofOperands((...operands) => escapeQuery(textOf(operands))),
  eq: ofValues(1, equal),
  ne: ofPair((left, right) => !equal(left, right)),
  lt: ofPair(less),
  le: ofPair(lessOrEqual),
  gt: ofPair((left, right) => !lessOrEqual(left, right)),
  ge: ofPair((left, right) => !less(left, right)),
};

/** What the escaping functions escape. */
function textOf(operands: readonly GoValue[]): string {
  return sprint(operands.map((operand) => (isMissing(operand) ? "<no value>" : indirect(operand))));
}

function isMissing(operand: GoValue): operand is undefined | null {
  return operand === undefined || operand === null;
}

function lengthOf(item: GoValue): number {
  if (item === undefined) throw new Error("reflect: call of reflect.Value.Type on zero Value");
  const target = indirect(item);
  if (target === undefined || target === null || target instanceof GoPointer) throw new Error("len of nil pointer");
  if (typeof target === "string") return byteLength(target);
  if (target instanceof GoMap) return target.entries.size;
  if (target instanceof GoSlice) return target.items.length;
  throw new Error(`len of type ${typeOf(target).name}`);
}

function indexInto(item: GoValue, ...indexes: readonly GoValue[]): GoValue {
  if (isMissing(item)) throw new Error("index of untyped nil");
  let found: GoValue = item;
  for (const index of indexes) {
    found = indirect(found);
    if (isMissing(found) || found instanceof GoPointer) throw new Error("index of nil pointer");
    if (typeof found === "string") found = byteAt(found, index);
    else if (found instanceof GoSlice) found = itemAt(found, index);
    else if (found instanceof GoMap) found = entryAt(found, index);
    else throw new Error(`can't index item of type ${typeOf(found).name}`);
  }
  return found;
}

function byteAt(text: string, index: GoValue): GoInteger {
  const bytes = toBytes(text);
  const byte = bytes[position(index, bytes.length)];
  if (byte === undefined) throw new Error("reflect: string index out of range");
  return new GoInteger(uint8Type, BigInt(byte));
}

function itemAt({ items }: GoSlice, index: GoValue): GoValue {
  const at = position(index, items.length);
  if (at === items.length) throw new Error("reflect: slice index out of range");
  return items[at];
}

function entryAt({ type, entries }: GoMap, index: GoValue): GoValue {
  const key = fit(index, type.key ?? stringType) as MapKey;
  const entry = entries.get(key);
  return entry === undefined ? zeroOf(type.elem ?? anyType) : entry;
}

/** An index as a number of at most `limit`, which Go lets pass. */
function position(index: GoValue, limit: number): number {
  if (isMissing(index)) throw new Error("cannot index slice/array with nil");
  const whole = index instanceof GoInteger ? BigInt.asIntN(64, index.value) : index;
  if (typeof whole !== "number" && typeof whole !== "bigint")
    throw new Error(`cannot index slice/array with type ${typeOf(index).name}`);
  if (whole < 0 || whole > limit) throw new Error(`index out of range: ${whole}`);
  return Number(whole);
}

/** Unlike `index`, Go's `slice` does not look into interfaces for its indexes. */
function sliceOf(boxed: Held, ...indexes: readonly Held[]): GoValue {
  const item = unbox(boxed);
  if (isMissing(item)) throw new Error("slice of untyped nil");
  const target = indirect(item);
  if (isMissing(target) || target instanceof GoPointer) throw new Error("slice of nil pointer");
  if (indexes.length > 3) throw new Error(`too many slice indexes: ${indexes.length}`);
  if (typeof target === "string") return sliceText(target, indexes);
  if (!(target instanceof GoSlice)) throw new Error(`can't slice item of type ${typeOf(target).name}`);
  const all = [...target.items, ...target.beyond];
  const [low, high, end] = bounds(indexes, { length: target.items.length, capacity: all.length });
  return new GoSlice(target.type, all.slice(low, high), all.slice(high, end));
}

function sliceText(text: string, indexes: readonly Held[]): string {
  if (indexes.length === 3) throw new Error("cannot 3-index slice a string");
  const length = byteLength(text);
  const [low, high] = bounds(indexes, { length, capacity: length });
  return length === text.length ? text.slice(low, high) : fromBytes(toBytes(text).subarray(low, high));
}

function boundAt(index: Held, capacity: number): number {
  if (index instanceof Boxed || index === null) throw new Error("cannot index slice/array with type interface {}");
  return position(index, capacity);
}

type Bounds = readonly [low: number, high: number, end: number];

function bounds(indexes: readonly Held[], { length, capacity }: { length: number; capacity: number }): Bounds {
  const [low = 0, high = length, end] = indexes.map((index) => boundAt(index, capacity));
  if (low > high) throw new Error(`invalid slice index: ${low} > ${high}`);
  if (end !== undefined && high > end) throw new Error(`invalid slice index: ${high} > ${end}`);
  return [low, high, end ?? capacity];
}

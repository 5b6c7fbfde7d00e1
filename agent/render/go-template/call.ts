/** The `call` built-in, and what it shares with `index`: arguments made to fit as Go's reflection does. */

import { canBeNil, type GoType, isAssignable, typeNamed } from "./types.ts";
import { GoFunc, GoInteger, type GoValue, typeOf, wholeOf, zeroOf } from "./values.ts";

/** Calls a function that is itself a value. `name` is its text in the template, if it is not piped. */
export function callFunction([callee, ...args]: readonly GoValue[], name: string | undefined): GoValue {
  if (callee === undefined || callee === null) throw new Error("call of nil");
  const called = name ?? (typeof callee === "string" ? callee : `<${typeOf(callee).name} Value>`);
  if (!(callee instanceof GoFunc)) throw new Error(`non-function ${called} of type ${typeOf(callee).name}`);
  const { params, variadic, fn } = callee.function;
  const least = params.length - 1;
  if (variadic && args.length < least)
    throw new Error(`wrong number of args for ${called}: got ${args.length} want at least ${least}`);
  if (!variadic && args.length !== params.length)
    throw new Error(`wrong number of args for ${called}: got ${args.length} want ${params.length}`);
  return fn(...args.map((value, index) => fitted(value, index, params[Math.min(index, least)] ?? "")));
}

function fitted(value: GoValue, index: number, type: string): GoValue {
  try {
    return fit(value, typeNamed(type));
  } catch (error) {
    throw new Error(`arg ${index}: ${(error as Error).message}`);
  }
}

/** The value as one of the type: whole numbers are converted to other whole numbers, nothing else is. */
export function fit(value: GoValue, type: GoType): GoValue {
  if (value === undefined || value === null) {
    if (!canBeNil(type)) throw new Error(`value is nil; should be of type ${type.name}`);
    return zeroOf(type);
  }
  const actual = typeOf(value);
  if (isAssignable(actual, type)) return value;
  const areWhole = /^u?int$/.test(actual.kind) && /^u?int$/.test(type.kind);
  if (!areWhole) throw new Error(`value has type ${actual.name}; should be ${type.name}`);
  return wholeOf(type, BigInt(value instanceof GoInteger ? value.value : (value as number)));
}

/** Arguments of calls: evaluated and checked against the type of their parameter. */

import { type CompiledPipe, failing } from "./call-site.ts";
import { fail, type Machine } from "./machine.ts";
import { type Expression, nodeText } from "./nodes.ts";
import { canBeNil, type GoType, isAssignable } from "./types.ts";
import { GoComplex, GoFloat, GoPointer, type GoValue, typeOf, wholeOf, zeroOf } from "./values.ts";

/** An argument that must be of a type: `evaluate` gives it as it is, a constant may be read as another kind of number. */
export function compileArgument(node: Expression, type: GoType, evaluate: CompiledPipe): CompiledPipe {
  if (node.kind === "nil") return compileNil(node, type);
  const isConstant = node.kind === "bool" || node.kind === "number" || node.kind === "string";
  if (isConstant && type.kind !== "interface" && type.kind !== "value") return compileTyped(node, type);
  return (machine) => validate(machine, evaluate(machine), type);
}

function compileNil(node: Expression, type: GoType): CompiledPipe {
  if (!canBeNil(type)) return failing(node, `cannot assign nil to ${type.name}`);
  return (machine) => {
    machine.node = node;
    return nilOf(type);
  };
}

/** A constant where a certain type is wanted. */
function compileTyped(node: Expression, type: GoType): CompiledPipe {
  const value = constantAs(node, type);
  if (value === undefined) return failing(node, unfit(node, type));
  return (machine) => {
    machine.node = node;
    return value;
  };
}

function constantAs(node: Expression, type: GoType): GoValue {
  const { kind } = type;
  if (node.kind === "bool") return kind === "bool" ? node.value : undefined;
  if (node.kind === "string") return kind === "string" ? node.value : undefined;
  if (node.kind !== "number") return undefined;
  const { int, uint, float, complex } = node;
  if (kind === "float") return float === undefined ? undefined : new GoFloat(float);
  if (kind === "complex") return complex === undefined ? undefined : new GoComplex(complex.real, complex.imaginary);
  const whole = kind === "int" ? int : kind === "uint" ? uint : undefined;
  return whole === undefined ? undefined : wholeOf(type, whole);
}

const expectations: Readonly<Record<string, string>> = {
  bool: "bool",
  string: "string",
  int: "integer",
  uint: "unsigned integer",
  float: "float",
  complex: "complex",
};

function unfit(node: Expression, type: GoType): string {
  const expected = expectations[type.kind];
  if (expected === undefined) return `can't handle ${nodeText(node)} for arg of type ${type.name}`;
  return `expected ${expected}; found ${nodeText(node)}`;
}

/** A nil of the type; for a parameter that takes anything, no value at all. */
function nilOf(type: GoType): GoValue {
  return type.kind === "value" ? undefined : zeroOf(type);
}

/** The value as an argument of the type; throws if Go would not assign it. */
export function validate(machine: Machine, value: GoValue, type: GoType): GoValue {
  if (value === undefined) {
    if (canBeNil(type)) return nilOf(type);
    throw fail(machine, `invalid value; expected ${type.name}`);
  }
  if (type.kind === "value" || isAssignable(typeOf(value), type)) return value;
  if (value instanceof GoPointer && value.type.elem !== undefined && isAssignable(value.type.elem, type)) {
    if (value.target !== undefined) return value.target;
    throw fail(machine, `dereference of nil pointer of type ${type.name}`);
  }
  throw fail(machine, `wrong type for value; expected ${type.name}; got ${typeOf(value).name}`);
}

/** Calls: counts the arguments when a template is compiled, checks their types and calls when it runs. */

import { rejoin } from "../go-text/bytes.ts";
import { builtins, type Callee, fit } from "./builtins.ts";
import type { Located } from "./errors.ts";
import { checkLength } from "./format.ts";
import { charge, type Evaluate, fail, type Machine } from "./machine.ts";
import type { GoFunction, GoType, Kind } from "./types.ts";
import * as types from "./types.ts";
import { type GoValue, isTrue, Typed, toPlain, typed, typeOf, unbox } from "./values.ts";

export type { Callee } from "./builtins.ts";

/** A command. `piped` is what the command before it in the pipeline gave. */
export type Stage = (machine: Machine, piped?: GoValue) => GoValue;

/** What may be an argument, or the head of a command. */
export interface Operand extends Located {
  /** Its value, or a call of it; errors of the called function itself point at the command. */
  readonly compile: (site: CallSite, command: Located) => Stage;
  /** The same without arguments, for fields behind it: those note where the machine is. */
  readonly root?: Evaluate;
  /** The values of a constant by kind: `1` is an int, a uint and a float, `1.5` only a float. */
  readonly as?: Readonly<Partial<Record<Kind, unknown>>>;
  readonly isNil?: true;
  /** It is no command behind a `|`, and has no fields. */
  readonly isConstant?: true;
  /** The text leaves out the parentheses. */
  readonly inParens?: true;
}

/** The arguments of a call, and whether one more comes through the pipe. */
export interface CallSite {
  readonly args: readonly Operand[];
  readonly isPiped: boolean;
}

/** No arguments. */
export const bare: CallSite = { args: [], isPiped: false };

/** A call of that name; an error of the function itself points at the node. */
type Call = CallSite & { readonly name: string; readonly node: Located; readonly callee: Callee };

/** A function on plain data, for the evaluator; throws if it does not know a type. */
export function calleeOf({ fn, params, variadic = false, result = "any" }: GoFunction): Callee {
  const paramTypes = params.map(types.typeNamed);
  const resultType = types.typeNamed(result);
  const typeAt = (index: number) => paramTypes[Math.min(index, paramTypes.length - 1)] ?? types.anyType;
  const call = (...args: readonly GoValue[]) => {
    const result = fn(...args.map((value, index) => toPlain(unbox(value), typeAt(index))));
    return typed(resultType, typeof result === "string" ? rejoin(result) : result);
  };
  return { call, params: paramTypes, variadic };
}

/** A command that always fails, at the given node or where evaluation happens to be. */
export function failing(node: Located | undefined, message: string): (machine: Machine) => never {
  return (machine) => {
    machine.node = node ?? machine.node;
    throw fail(machine, message);
  };
}

/** A call; what the function throws becomes Go's error. */
export function compileCall({ name, node, callee, ...site }: Call): Stage {
  const { args, isPiped } = site;
  const problem = countProblem(site, name, callee);
  if (problem !== undefined) return failing(undefined, problem);
  const { params } = callee;
  const typeAt = (index: number) => params[Math.min(index, params.length - 1)] ?? types.valueType;
  const evaluators = args.map((node, index) => compileArgument(node, typeAt(index)));
  if (callee === builtins.get("and") || callee === builtins.get("or")) return logic(evaluators, name === "or", isPiped);
  const isCall = callee === builtins.get("call");
  const invoke: Callee["call"] = isCall ? (...[fn, ...rest]) => callValue(fn, rest, args[0]?.text) : callee.call;
  const pipedType = typeAt(args.length);
  return (machine, piped) => {
    const values: GoValue[] = [];
    for (const evaluate of evaluators) values.push(evaluate(machine));
    if (isPiped) values.push(validate(machine, piped, pipedType));
    // Long texts count as work.
    for (const value of values) if (typeof value === "string" && value.length > 256) charge(machine, value.length >> 6);
    try {
      const result = invoke(...values);
      if (typeof result === "string") checkLength(result.length);
      return result;
    } catch (error) {
      machine.node = node;
      throw fail(machine, `error calling ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
}

function countProblem({ args, isPiped }: CallSite, name: string, { params, variadic }: Callee): string | undefined {
  const count = args.length + (isPiped ? 1 : 0);
  const least = params.length - 1;
  if (variadic && count < least) return `wrong number of args for ${name}: want at least ${least} got ${args.length}`;
  if (variadic || count === params.length) return undefined;
  return `wrong number of args for ${name}: want ${params.length} got ${count}`;
}

/** `and` and `or` evaluate no more arguments than they need, and give back the one that decided. */
function logic(evaluators: readonly Evaluate[], decisive: boolean, isPiped: boolean): Stage {
  return (machine, piped) => {
    let value: GoValue;
    for (const evaluate of evaluators) {
      value = evaluate(machine);
      if (isTrue(value) === decisive) return value;
    }
    return isPiped ? piped : value;
  };
}

/** The built-in `call`. `text` is what it calls as the template has it, if that is not piped. */
function callValue(held: GoValue, args: readonly GoValue[], text: string | undefined): GoValue {
  const value = unbox(held);
  if (value === undefined) throw new Error("call of nil");
  const type = typeOf(value);
  const name = text ?? (typeof value === "string" ? value : `<${type.name} Value>`);
  if (!(value instanceof Typed) || type.kind !== "func") throw new Error(`non-function ${name} of type ${type.name}`);
  const { call, params, variadic } = calleeOf(value.data as GoFunction);
  const least = params.length - 1;
  const got = `wrong number of args for ${name}: got ${args.length}`;
  if (variadic && args.length < least) throw new Error(`${got} want at least ${least}`);
  if (!variadic && args.length !== params.length) throw new Error(`${got} want ${params.length}`);
  const typeAt = (index: number) => params[Math.min(index, least)] ?? types.anyType;
  return call(...args.map((arg, index) => fit(unbox(arg), typeAt(index), `arg ${index}: `)));
}

const expectations: Readonly<Partial<Record<Kind, string>>> = {
  ...{ bool: "bool", string: "string", int: "integer", uint: "unsigned integer", float: "float", complex: "complex" },
};

/** An argument that must be of a type; a constant may be read as another kind of number. */
function compileArgument(node: Operand, type: GoType): Evaluate {
  const { as, text } = node;
  if (node.isNil) {
    if (!types.canBeNil(type)) return failing(node, `cannot assign nil to ${type.name}`);
    return constantly(node, type.kind === "value" ? undefined : typed(type, undefined));
  }
  if (as === undefined || type.kind === "interface" || type.kind === "value") {
    const evaluate = node.compile(bare, node);
    return (machine) => validate(machine, evaluate(machine), type);
  }
  if (type.kind in as) return constantly(node, typed(type, as[type.kind]));
  const expected = expectations[type.kind];
  if (expected !== undefined) return failing(node, `expected ${expected}; found ${text}`);
  return failing(node, `can't handle ${text} for arg of type ${type.name}`);
}

/** A value that is known before the template runs. */
function constantly(node: Located, value: GoValue): Evaluate {
  return (machine) => {
    machine.node = node;
    return value;
  };
}

/** The value as an argument of the type; throws if Go would not assign it. */
function validate(machine: Machine, held: GoValue, type: GoType): GoValue {
  if (type.kind === "value") return held;
  if (held === undefined) {
    if (types.canBeNil(type)) return typed(type, undefined);
    throw fail(machine, `invalid value; expected ${type.name}`);
  }
  if (type.kind === "interface") return held;
  const value = unbox(held) ?? held;
  const actual = typeOf(value);
  if (types.isAssignable(actual, type)) return value;
  if (!(value instanceof Typed && actual.kind === "pointer" && actual.elem && types.isAssignable(actual.elem, type)))
    throw fail(machine, `wrong type for value; expected ${type.name}; got ${actual.name}`);
  if (value.data === undefined) throw fail(machine, `dereference of nil pointer of type ${type.name}`);
  return typed(type, value.data);
}

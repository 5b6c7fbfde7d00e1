/**
 * What expressions do. Like Go's, the evaluator notes which node it is at (`machine.node`) and does not go back to the
 * outer one afterwards: errors point where Go's point.
 */

import { quote } from "../go-text/quote.ts";
import * as calls from "./calls.ts";
import { bare, type Callee, type CallSite, type Operand, type Stage } from "./calls.ts";
import type { Located } from "./errors.ts";
import { type Evaluate, fail, findVariable, type Machine } from "./machine.ts";
import type { GoType } from "./types.ts";
import { elementType, entryOf, fieldOf, type GoValue, indirect, Typed, typed, typeOf, unbox } from "./values.ts";

/** A constant that is not nil: `as` says what it is where a certain kind is wanted, `ideal` what it is elsewhere. */
export type Constant = { readonly as: NonNullable<Operand["as"]>; readonly ideal: GoValue };

/** What is called, or stands alone, and its arguments. */
export type Command = Located & { readonly first: Operand; readonly args: readonly Operand[] };

export type Pipe = Operand & {
  readonly evaluate: Evaluate;
  readonly assigns: "declare" | "assign";
  readonly variables: readonly string[];
};

type Target = Pick<Pipe, "assigns" | "variables">;

/** An operand that cannot be called. */
function operand(node: Located, evaluate: Evaluate, complains: "here" | "anywhere" = "here"): Operand {
  const compile: Operand["compile"] = ({ args, isPiped }) => {
    if (args.length === 0 && !isPiped) return at(node, evaluate);
    const message = `can't give argument to non-function ${node.text}`;
    return calls.failing(complains === "here" ? node : undefined, message);
  };
  return { ...node, compile };
}

/** A boolean, string or number. */
export function constant(node: Located, { as, ideal }: Constant): Operand {
  const evaluate = ideal === undefined ? calls.failing(node, `${node.text} overflows int`) : () => ideal;
  return { ...operand(node, evaluate), isConstant: true, as };
}

export function nil(node: Located): Operand {
  return { ...operand(node, calls.failing(node, "nil is not a command")), isConstant: true, isNil: true };
}

export function dot(node: Located): Operand {
  return { ...operand(node, (machine) => machine.dot), isConstant: true };
}

export function variable(node: Located, name: string): Operand {
  const root: Evaluate = (machine) => findVariable(machine, name).value;
  return { ...operand(node, root), root };
}

/** A step that notes where it is. */
function at(node: Located, stage: Stage): Stage {
  return (machine, piped) => {
    machine.node = node;
    return stage(machine, piped);
  };
}

/** The fields of those names behind an operand, or behind the dot. */
export function fields(node: Located, start: Operand | undefined, names: readonly string[]): Operand {
  const root = start?.root ?? start?.compile(bare, start) ?? ((machine: Machine) => machine.dot);
  return { ...node, compile: (site) => compileFields(root, names, { ...site, node }) };
}

/** A function; its own errors point at the command that calls it. */
export function identifier(node: Located, callee: Callee): Operand {
  return {
    ...node,
    compile: (site, command) => at(node, calls.compileCall({ ...site, name: node.text, node: command, callee })),
  };
}

/** A pipeline: the value of its last command, out of its interface, which its variables get. */
export function pipe(node: Located, commands: readonly Command[], target: Target): Pipe {
  const [first = () => undefined, ...rest] = commands.map(({ first, args, ...command }, index) => {
    return first.compile({ args, isPiped: index > 0 }, command);
  });
  const evaluate = at(node, (machine) => {
    let value = unbox(first(machine));
    for (const stage of rest) value = unbox(stage(machine, value));
    if (target.variables.length > 0) assign(machine, target, value);
    return value;
  });
  return { ...operand(node, evaluate, "anywhere"), ...target, evaluate };
}

function assign(machine: Machine, { variables, assigns }: Target, value: GoValue): void {
  for (const name of variables) {
    if (assigns === "assign") findVariable(machine, name).value = value;
    else machine.variables = { name, value, outer: machine.variables };
  }
}

/** One name of a chain. */
interface Access {
  readonly name: string;
  /** For the last name, the call's own arguments. */
  readonly site: CallSite;
  readonly takesArguments: boolean;
  /** The struct that had the field last, and the field's type: the next value is likely to be of the same type. */
  struct: GoType | undefined;
  type: GoType | undefined;
}

/** Follows the names from where `start` begins. */
function compileFields(start: Evaluate, names: readonly string[], site: CallSite & { node: Located }): Stage {
  const hasArguments = site.args.length > 0 || site.isPiped;
  const accesses = names.map((name, index): Access => {
    const takesArguments = hasArguments && index === names.length - 1;
    const own = takesArguments ? site : bare;
    return { name, site: own, takesArguments, struct: undefined, type: undefined };
  });
  return (machine, piped) => {
    machine.node = site.node;
    let value = start(machine);
    for (const access of accesses) {
      if (value instanceof Typed && value.type === access.struct && access.type !== undefined)
        value = fieldOf(value, access.name, access.type);
      else value = readField(machine, value, { ...site, access, piped });
    }
    return value;
  };
}

interface Wanted {
  readonly node: Located;
  readonly access: Access;
  readonly piped: GoValue;
}

function readField(machine: Machine, receiver: GoValue, { node, access, piped }: Wanted): GoValue {
  const { name, site, takesArguments } = access;
  if (receiver === undefined) {
    if (machine.missingKey !== "error") return undefined;
    throw fail(machine, `nil data; no entry for key ${quote(name)}`);
  }
  const typeName = typeOf(receiver).name;
  const target = indirect(receiver);
  if (target === undefined) throw fail(machine, `nil pointer evaluating ${typeName}.${name}`);
  if (!(target instanceof Typed)) throw fail(machine, `can't evaluate field ${name} in type ${typeName}`);
  const { kind, key, elem, fields, methods } = target.type;
  const method = methods?.get(name);
  if (method !== undefined) {
    // The method's function gets the receiver's data first. Methods are rare: compiled at each call.
    const callee = calls.calleeOf({ ...method, fn: (...args) => method.fn(target.data, ...args) });
    return calls.compileCall({ ...site, name, node, callee })(machine, piped);
  }
  if (kind === "map" && key?.kind === "string") return readEntry(machine, target, access);
  const type = fields?.get(name);
  if (type !== undefined) {
    if (!/^\p{Lu}/u.test(name)) throw fail(machine, `${name} is an unexported field of struct type ${typeName}`);
    if (takesArguments) throw fail(machine, `${name} has arguments but cannot be invoked as function`);
    Object.assign(access, { struct: target.type, type });
    return fieldOf(target, name, type);
  }
  if (kind === "pointer" && (elem?.kind !== "struct" || elem.fields?.has(name)))
    throw fail(machine, `nil pointer evaluating ${typeName}.${name}`);
  throw fail(machine, `can't evaluate field ${name} in type ${typeName}`);
}

function readEntry(machine: Machine, target: Typed, { name, takesArguments }: Access): GoValue {
  if (takesArguments) throw fail(machine, `${name} is not a method but has arguments`);
  const value = entryOf(target, name);
  if (value !== undefined || machine.missingKey === "default") return value;
  if (machine.missingKey === "error") throw fail(machine, `map has no entry for key ${quote(name)}`);
  return typed(elementType(target), undefined);
}
